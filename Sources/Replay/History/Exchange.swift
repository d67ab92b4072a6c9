import Contracts
import Foundation
import JSON
import Models

/// One answer of an agent, with all that it was made from: what the log says of who knew what.
package struct Exchange: Sendable {
  /// A call of a tool, and what came back.
  package struct ToolCall: Sendable, Equatable, Codable {
    package let tool: String
    package let arguments: String
    package let result: String
    /// `succeeded`, `failed`, `refused` or `uncertain`.
    package let outcome: String
  }

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
    package var isHandedOver = false
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
  /// The private parts of the questions, or of the context, are gone.
  package let isErased: Bool
  /// What was said until then, oldest first; the questions are the last of it.
  package let turns: [ChatMessage]
  package let summary: String?
  package let passages: [Passage]
  /// The documents of the passages.
  package let documents: [DocumentID]
  package let indexVersion: Int64
  /// Where the folds of `agents` and `tenants` stood.
  package let known: KnownOffsets
  package let tools: [ToolCall]
  package var answer: Answer

  /// What the contact asked.
  package var question: String {
    turns.reversed().prefix { $0.role == .user }.reversed().map(\.content).joined(separator: "\n")
  }
}
