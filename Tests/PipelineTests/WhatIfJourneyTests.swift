import Contracts
import EventLog
import Foundation
import Models
import Pipeline
import PostgresLog
import Replay
import Synchronization
import TestKit
import TestServers
import Testing

/// What agents really answered is rehearsed from the log that it left.
@Suite struct WhatIfJourneyTests {
  @Test func theSameVersionSaysTheSameFromTheRecordingAndAnotherIsComparedWithIt() async throws {
    let called = Mutex(0)
    let server = try SocketServer { connection, _ in
      guard connection.readRequest() != nil else { return }
      called.withLock { $0 += 1 }
      connection.respond("200 OK", #"{"state":"shipped"}"#)
    }
    let plan: @Sendable (ChatRequest, Int) throws(ModelError) -> ChatAnswer = { request, _ in
      let last = request.messages.last
      if last?.role == .tool { return .says("It says \(last?.content ?? "").") }
      return last?.content.contains("order") == true && !request.tools.isEmpty
        ? .calls("order", #"{"order":"A-17"}"#) : .says("Hello.")
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?",
      escalation: [EscalationRule(name: "angry", keywords: ["lawyer"])],
      tools: [AgentTool(name: "order", kind: "order", url: "\(server.url)/orders/{order}")])
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "m", price: ModelPrice(input: 1, output: 4))], currency: "EUR")
    try await Journey.run(
      model: PlannedChatModel(plan), models: models, toolHosts: "private:127.0.0.1:\(server.port)",
      definition: definition
    ) { journey in
      let tenant = journey.tenant
      try await tenant.say("Hi", visitor: "ada")
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      try await tenant.say("Where is my order A-17?", visitor: "ada")
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      try await tenant.say("My lawyer will call", visitor: "ada")
      _ = try await tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) == 3 && $0.count(ConversationHandedOver.type) == 1
      }
      let calls = called.withLock { $0 }
      let ends = try await tenant.log.ends(of: .conversations)

      let replayed = PlannedChatModel(plan)
      let whatIf = WhatIf(
        log: tenant.log, pool: tenant.database.pool, keyring: tenant.keyring, models: models, chat: replayed)
      let exchanges = try await whatIf.traffic(
        WhatIfSample(agent: tenant.agent, from: .distantPast, to: nil, size: 10)
      ).exchanges
      func run(_ definition: AgentDefinition) async throws -> [Comparison] {
        try await whatIf.run(
          Candidate(agent: tenant.agent, name: "Test", version: nil, definition: definition),
          over: exchanges, concurrency: 2)
      }
      let same = try await run(definition)
      #expect(same.map(\.isSame) == [true, true, true])
      #expect(same.allSatisfy { !$0.isHandoverChanged && !$0.isCitationChanged && $0.missingCall == nil })
      for item in same {
        let (old, new) = (item.exchange.answer, try #require(item.answer))
        #expect(new.kind == old.kind && new.handOver == old.handOver && new.rule == old.rule)
        #expect(new.promptTokens == old.promptTokens && new.costMicros == old.costMicros)
      }
      #expect(same.map(\.answer?.handOver) == [nil, nil, "keyword"])
      #expect(same[1].replayedCalls == exchanges[1].tools && exchanges[1].tools.count == 1)

      // Without rules nobody takes over, and another order was never looked up.
      let bold = AgentDefinition(
        instructions: "Answer.", fallback: "?",
        tools: [
          AgentTool(
            name: "order", kind: "order",
            parameters: #"{"type":"object","properties":{"order":{"type":"string","maxLength":2}}}"#,
            url: "\(server.url)/orders/{order}")
        ])
      let changed = try await run(bold)
      #expect(changed.map(\.isHandoverChanged) == [false, false, true])
      #expect(changed[1].replayedCalls.isEmpty && changed[1].answer?.text?.contains("arguments") == true)
      #expect(called.withLock { $0 } == calls)
      #expect(try await tenant.log.ends(of: .conversations) == ends)
    }
  }
}
