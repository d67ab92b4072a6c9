import Channels
import Contracts

extension NormalizedItem {
  /// What may be read otherwise in a replay of the body that told of it; nil for what is never told anew.
  /// - Parameter conversation: where it would be told.
  func subject(in replay: Event, _ conversation: ConversationID?) -> Reading.Subject? {
    func made(_ type: EventType) -> EventID? {
      replay.causation.map { $0.outputID(type, by: Normalize.stage, step: dedupe) }
    }
    return switch item {
    case .message, .echo: .message(providerHMAC)
    case .edit: made(MessageEdited.type).map { .edit($0) }
    case .reaction:
      conversation.flatMap { conversation in
        made(MessageReacted.type).map { .reaction($0, in: conversation) }
      }
    default: nil
    }
  }

  /// Of how it is read; nil for what is not understood.
  func digest() throws -> String? {
    if case .reaction(let reaction) = item {
      return try Reading.digest(ofReactions: reaction.reactions, to: providerHMAC, tenantKey)
    }
    guard let content = item.content, content.kind != .unsupported else { return nil }
    return try Reading(content).digest(tenantKey)
  }

  /// Under which it is noted how it was read.
  func readingMarks(in replay: Event, _ conversation: ConversationID?) throws -> [String] {
    guard let subject = subject(in: replay, conversation), let digest = try digest() else { return [] }
    return [Reading.permission(subject, in: replay.source), Reading.mark(subject, digest)]
  }
}
