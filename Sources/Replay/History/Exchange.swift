import Contracts
import Foundation
import Models
import Pipeline

/// One answer of an agent, with all that it was made from: what the log says of who knew what.
package struct Exchange: Sendable {
  /// What was answered.
  package struct Answer: Sendable {
    /// nil where there was none, or its key is gone.
    package var text: String?
    /// `model`, `extractive`, `fallback` and others; `failed` where every attempt failed.
    package var kind: String
    package var model: String?
    package var promptTokens: Int?
    package var completionTokens: Int?
    package var milliseconds: Double?
    /// In millionths of `currency`.
    package var costMicros: Int64?
    package var currency: String?
    /// The passages that it cites, as places in `passages` from 1 on.
    package var citations: [Int] = []
    /// Why the conversation went to a person with it; nil when it did not.
    package var handOver: String?
    /// The escalation rule that made it.
    package var rule: String?
    package var isResolved = false
    /// Why what the model wrote was not said.
    package var withheld: String?
    /// What the reply tells of its prompt (`RecalledPrompt`).
    package var promptHMAC: String?
    package var contextTokens: Int?
    package var lastPromptHMAC: String?

    package var isHandedOver: Bool { handOver != nil }
  }

  package let conversation: ConversationID
  package let tenant: TenantID
  /// The event that says what was answered.
  package let event: EventID
  package let time: Date
  package let agent: AgentID
  package let version: Int
  /// The reply, as a message.
  package let reply: MessageID?
  package let questions: [MessageID]
  /// What they said, as far as they are known, with what was made of them.
  package let asked: [Rehearsal.Question.Asked]
  /// The private parts of the questions, or of the context, are gone.
  package let isErased: Bool
  /// Of what the summary stands for, the last that the stage looked back on, oldest first: it tells the customer's language.
  package let before: [ChatMessage]
  /// What was said until then, oldest first; the questions are the last of it.
  package let turns: [ChatMessage]
  package let summary: String?
  /// In which the contact's messages seemed to be until then, the latest first.
  package let languages: [String]
  /// Of the conversation, and of whom it was with.
  package internal(set) var labels: [String]
  /// What rules of escalation may have counted before.
  package let earlier: [Rehearsal.Question.Occasion]
  /// When the contact was last told that nobody is there.
  package let toldClosedAt: Date?
  /// What passages were looked for with.
  package let query: String
  /// The contact's key, which sealed that and what was found.
  package let key: KeyID?
  package let passages: [Passage]
  /// What was found, in the order of the passages; stays when their texts are gone.
  package let retrieved: [PassageFacts]
  package let indexVersion: Int64
  /// Which index they were looked for in, counted from 1; nil: not known.
  package let index: Int?
  /// Whether the tenant had documents then; nil: not known.
  package let hasDocuments: Bool?
  /// Where the folds of `agents` and `tenants` stood.
  package let known: KnownOffsets
  package let tools: [RecordedCall]
  /// The same as the model was given it with the next prompt; empty where the log does not say what was called
  /// together.
  package let transcript: [ChatMessage]
  /// The calls of the conversation's other answers: earlier ones first, the latest of them first, then later ones.
  package internal(set) var otherTools: [RecordedCall] = []
  package var answer: Answer

  /// What the contact asked.
  package var question: String {
    guard asked.isEmpty else { return asked.map(\.text).joined(separator: "\n") }
    return turns.reversed().prefix { $0.role == .user }.reversed().map(\.content).joined(separator: "\n")
  }
}
