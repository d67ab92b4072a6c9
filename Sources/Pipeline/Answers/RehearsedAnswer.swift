import Contracts
import Models

/// What an agent would have said and done.
package struct RehearsedAnswer: Sendable {
  /// Nil when nothing would have been said.
  package private(set) var kind: ReplyKind?
  package private(set) var text = ""
  /// Why nothing would have been said: the word of `reply.failed` or `reply.skipped`.
  package private(set) var silence: String?
  /// What answered last, as its server calls it.
  package internal(set) var model: String?
  package private(set) var tried: [TriedModel] = []
  package private(set) var promptTokens: Int?
  package private(set) var completionTokens: Int?
  package private(set) var costMicros: Int64?
  package private(set) var currency: String?
  /// That models took.
  package private(set) var milliseconds = 0.0
  /// Places in the passages, from 1 on.
  package private(set) var citations: [Int] = []
  package private(set) var citationsRemoved = 0
  /// Why what the model wrote would not be said: the word of `reply.generated`.
  package private(set) var withheld: String?
  /// What tools were asked, and what the recording said.
  package private(set) var calls: [RecordedCall] = []
  /// The call that is not in the recording; the answer ends there, and `text` is what was said with it.
  package private(set) var unrecorded: ToolCall?
  /// Why a person would get the conversation: the word of `conversation.handed-over`; nil when nobody would.
  package private(set) var handOver: String?
  /// The escalation rule that says so.
  package private(set) var rule: String?
  /// The conversation would be closed.
  package private(set) var isResolved = false

  mutating func add(_ events: [Event], openedWith key: SealingKey) throws {
    for event in events {
      switch event.type {
      case ReplyGenerated.type:
        let reply = try ReplyGenerated.read(event)
        kind = reply.facts.kind
        text = try reply.opened(with: key)?.text ?? ""
        citations = reply.facts.citations ?? []
        citationsRemoved = reply.facts.citationsRemoved ?? 0
        rule = reply.facts.rule
        withheld = reply.facts.withheld
      case ReplyFailed.type: silence = try ReplyFailed.read(event).facts.reason
      case ReplySkipped.type: silence = try ReplySkipped.read(event).facts.reason
      case ConversationHandedOver.type: handOver = try ConversationHandedOver.read(event).facts.reason
      case ConversationResolved.type: isResolved = true
      case ToolCalled.type:
        let call = try ToolCalled.read(event)
        if let said = try call.opened(with: key) { calls.append(RecordedCall(call.facts, said)) }
      default: break
      }
    }
  }

  mutating func stop(at call: ToolCall, after transcript: Generation.Transcript) {
    unrecorded = call
    kind = .model
    text = transcript.messages.last { $0.role == .assistant }?.content ?? ""
  }

  mutating func count(_ generation: Generation?, in currency: String) {
    guard let generation else { return }
    tried = generation.tried
    promptTokens = generation.promptTokens
    completionTokens = generation.completionTokens
    costMicros = generation.costMicros
    self.currency = costMicros == nil ? nil : currency
    milliseconds = generation.milliseconds
  }
}
