import Contracts
import Foundation
import Models
import Pipeline
import TestKit

@testable import Replay

extension Exchange {
  /// A question that was answered on 2 March 2026.
  static func forTests(
    _ question: String, _ answer: Answer, passages: [String] = [], before: [ChatMessage] = [],
    tools: [RecordedCall] = []
  ) -> Exchange {
    Exchange(
      conversation: ConversationID(UUID()), tenant: TenantID(UUID()), event: EventID(UUID()),
      time: Date(timeIntervalSince1970: 1_772_445_600), agent: AgentID(UUID()), version: 3, reply: nil,
      questions: [], asked: [.init(text: question)], isErased: false, before: [],
      turns: before + [ChatMessage(role: .user, content: question)], summary: nil, languages: [], labels: [],
      earlier: [],
      toldClosedAt: nil, query: question, key: nil,
      passages: passages.map { Passage(title: $0, text: $0, score: 1) }, retrieved: [], indexVersion: 1,
      index: nil,
      hasDocuments: nil,
      known: KnownOffsets(agents: .zero, tenants: .zero), tools: tools, transcript: [],
      answer: answer)
  }
}

extension Comparison {
  /// What a candidate makes of it whose model says this, after the calls that it is to make.
  static func forTests(
    _ exchange: Exchange, saying text: String, calling calls: [ToolCall] = [],
    definition: AgentDefinition = AgentDefinition(instructions: "Answer.", fallback: "I do not know.")
  ) async throws -> Comparison {
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "small", price: ModelPrice(input: 0.15, output: 0.6))])
    let rehearsal = Rehearsal(
      agent: exchange.agent, tenant: exchange.tenant, definition: definition, models: models,
      model: Saying(text: text, calls: calls), retries: false)
    let answer = try await rehearsal.answer(
      .init(at: exchange.time, asked: exchange.asked, turns: exchange.turns, passages: exchange.passages),
      recorded: RecordedTools(exchange.tools))
    return Comparison(exchange, answer, passages: exchange.passages.map(\.title))
  }

  private struct Saying: ChatModel {
    let text: String
    let calls: [ToolCall]

    func answer(
      _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
    ) async throws(ModelError) -> ChatAnswer {
      let isAsked = request.messages.last?.role != .tool
      return ChatAnswer(
        text: text, toolCalls: isAsked ? calls : [], model: "small-2026",
        usage: ChatUsage(promptTokens: 812, completionTokens: 64), finishReason: "stop", firstTokenAfter: nil,
        latency: .milliseconds(430 + text.count))
    }
  }
}
