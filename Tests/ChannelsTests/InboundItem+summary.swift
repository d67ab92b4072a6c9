import Channels
import Contracts

extension InboundItem {
  /// Kind and what was written, status and code, or the counted word.
  var summary: String {
    switch self {
    case .message(let message): message.content.summary
    case .echo(let message): "echo " + message.content.summary
    case .edit(let edit): "edit of \(edit.target): " + edit.content.summary
    case .deletion(let deletion): "deletion of \(deletion.target)"
    case .reaction(let reaction): "reaction to \(reaction.target): " + reaction.reactions.joined()
    case .status(let status):
      (["status", status.status.rawValue] + [status.code].compactMap { $0?.description }).joined(
        separator: " "
      )
    case .progress(let progress): "progress \(progress.status.rawValue)"
    case .move(let move): "move to \(move.address)"
    case .control: "control"
    case .consent(let consent): "consent \(consent.scope.rawValue) \(consent.state.rawValue)"
    case .notice(let notice): "notice \(notice.kind)"
    case .other(let kind): "other \(kind)"
    }
  }
}

extension InboundContent {
  var summary: String {
    ([kind.rawValue] + attachments.map(\.kind.rawValue) + [text].compactMap { $0 }).joined(separator: " ")
  }
}
