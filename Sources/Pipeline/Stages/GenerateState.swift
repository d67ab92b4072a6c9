import Contracts
import Foundation

/// What generate has folded of one conversation.
package struct GenerateState: Codable, Sendable {
  struct Pending: Codable, Sendable {
    let message: MessageID
    let receivedAt: Date
    /// The message's private part, still sealed.
    let sealed: String
  }

  /// What was retrieved for the last of the pending messages.
  struct Context: Codable, Sendable {
    let conversation: ConversationID
    let agent: AgentID?
    let indexVersion: Int64
    let passages: [PassageFacts]
    let sealed: String?
  }

  /// Messages that no reply has answered yet, oldest first; the oldest fall out beyond `maximumPending`.
  var pending: [Pending] = []
  var context: Context?
  var isHeld = false
  var isResolved = false
  /// How many turns of the conversation were noted.
  var turns = 0

  static let maximumPending = 20

  mutating func receive(
    _ value: EventValue<MessageReceived>, _ record: Record, _ workspace: inout GenerateWorkspace
  ) {
    guard let sealed = value.private, value.facts.bytes > 0 else { return }
    pending.append(
      Pending(message: value.facts.message, receivedAt: record.event.time, sealed: sealed))
    if pending.count > Self.maximumPending { pending.removeFirst() }
    add(
      GenerateWorkspace.Turn(conversation: value.facts.conversation, role: .user, sealed: sealed),
      to: &workspace)
  }

  /// This state with one more context.
  func remembering(_ value: EventValue<ContextRetrieved>) -> GenerateState {
    var next = self
    next.context = Context(
      conversation: value.facts.conversation, agent: value.facts.agent,
      indexVersion: value.facts.indexVersion, passages: value.facts.passages, sealed: value.private)
    return next
  }

  mutating func add(_ turn: GenerateWorkspace.Turn, to workspace: inout GenerateWorkspace) {
    turns += 1
    workspace.add(turn, ordinal: turns)
  }

  mutating func finishAnswer() {
    pending = []
    context = nil
  }
}
