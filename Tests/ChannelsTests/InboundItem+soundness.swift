import Channels
import Contracts

extension InboundItem {
  /// Whether it holds what items of every channel promise, whatever the body was.
  var isSound: Bool {
    if let origin, !Self.isID(origin.address) { return false }
    switch self {
    case .message(let message), .echo(let message):
      return Self.isID(message.providerID) && message.content.isSound
    case .edit(let edit): return Self.isID(edit.providerID) && Self.isID(edit.target) && edit.content.isSound
    case .deletion(let deletion): return Self.isID(deletion.target)
    case .reaction(let reaction): return Self.isID(reaction.providerID) && Self.isID(reaction.target)
    case .status(let status): return Self.isID(status.providerID)
    case .progress(let progress): return [.delivered, .read].contains(progress.status)
    case .move(let move): return Self.isID(move.providerID) && Self.isID(move.address)
    case .control(let control): return Self.isID(control.providerID)
    case .consent(let consent): return Self.isID(consent.providerID)
    case .notice(let notice): return Self.isWord(notice.kind) && !notice.raw.isEmpty
    case .other(let kind): return Self.isWord(kind)
    }
  }

  private static func isID(_ text: String) -> Bool {
    (1...512).contains(text.utf8.count) && !text.utf8.contains { $0 < 0x20 }
  }

  private static func isWord(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789_.-".utf8.contains($0) }
  }
}

extension InboundContent {
  fileprivate var isSound: Bool {
    let isKept =
      switch kind {
      case .text: text?.isEmpty == false
      case .attachment: !attachments.isEmpty
      case .location: location != nil
      case .contacts: !contacts.isEmpty
      case .order, .unsupported: raw?.isEmpty == false
      }
    let texts = [text, quoted, subject, payload, raw].compactMap { $0 }
    return isKept && (quoted?.utf8.count ?? 0) <= 32 << 10 && !texts.contains { $0.utf8.contains(0) }
  }
}
