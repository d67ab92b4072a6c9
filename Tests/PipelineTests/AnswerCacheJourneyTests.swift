import Contracts
import Foundation
import Knowledge
import Models
import Pipeline
import Postgres
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2))) struct AnswerCacheJourneyTests {
  /// A prompt that looks back at nothing is the same wherever in a conversation it is asked.
  @Test func aRepeatedQuestionIsAnsweredFromTheCacheWhereTheAgentLooksBackAtNothing() async throws {
    let model = PlannedChatModel { _, call in .says("Answer \(call).") }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", historyTokens: 0, cacheMinutes: 5)
    try await Journey.run(model: model, definition: definition) { journey in
      let tenant = journey.tenant
      func kind(_ text: String, _ count: Int) async throws -> ReplyKind {
        try await tenant.say(text, visitor: "ada")
        let records = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == count }
        let last = records.filter { $0.event.type == ReplyGenerated.type }
          .max { $0.event.time < $1.event.time }
        return try ReplyGenerated.read(#require(last).event).facts.kind
      }
      var kinds: [ReplyKind] = []
      let asked = ["Are you open today?", "And where are you?", "are you OPEN today", "And where are you?"]
      for text in asked { kinds.append(try await kind(text, kinds.count + 1)) }
      #expect(kinds == [.model, .model, .cached, .cached])
      #expect(model.requests.count == 2)
      #expect(model.requests.allSatisfy { $0.messages.count == 2 })
    }
  }

  /// An answer is as good as what it was made from.
  @Test func anAnswerIsNotGivenAgainFromAnotherIndex() async throws {
    let model = PlannedChatModel { _, call in .says("Answer \(call).") }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", cacheMinutes: 5)
    try await Journey.run(model: model, definition: definition) { journey in
      let tenant = journey.tenant
      @Sendable func kind(_ visitor: String, _ count: Int) async throws -> ReplyKind {
        try await tenant.say("Are you open today?", visitor: visitor)
        let records = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == count }
        let last = records.filter { $0.event.type == ReplyGenerated.type }
          .max { $0.event.time < $1.event.time }
        return try ReplyGenerated.read(#require(last).event).facts.kind
      }
      #expect(try await kind("ada", 1) == .model)
      #expect(try await kind("bob", 2) == .cached)
      try await tenant.database.pool.withTransaction { transaction in
        let version = try IndexVersions.make(
          TestDatabase.home, sizes: ChunkSizes(tokens: 60), model: nil, in: transaction)
        try IndexVersions.promote(version, leavingAt: 0, in: transaction)
      }
      #expect(try await kind("cyd", 3) == .model)
      #expect(try await kind("dan", 4) == .cached)
      #expect(model.requests.count == 2)
    }
  }
}
