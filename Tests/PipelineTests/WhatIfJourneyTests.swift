import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Knowledge
import Models
import Pipeline
import Postgres
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
        log: tenant.log, pool: tenant.database.reading, keyring: tenant.keyring, models: models,
        chat: replayed)
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

  private struct ShortestFirst: Reranker {
    let name = "shortest"
    func scores(of passages: [String], for question: String) async throws(RerankError) -> [Double] {
      passages.map { -Double($0.utf8.count) }
    }
  }

  /// No passage has a word of the question: it is found in Chroma, and stands where the re-ranker puts it, or is not
  /// found, and that is said.
  @Test func anIndexIsSearchedByAllMeansThatTheEngineHas() async throws {
    let server = try ChromaServer()
    defer { withExtendedLifetime(server) {} }
    let store = ChromaStore(.init(url: server.url), key: nil, client: HTTPClient())
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?")
    let models = ModelCatalogue(models: [ConfiguredModel(name: "m")])
    let model = PlannedChatModel { _, _ in .says("Hello.") }
    let embedder = RetrieveTests.OneMeaning()
    try await Journey.run(
      model: model, models: models,
      means: .init(embedder: embedder, store: store, reranker: RetrieveTests.LongestFirst()),
      definition: definition
    ) { journey in
      let tenant = journey.tenant
      let version = try await RetrieveTests.makeIndex(tenant, store: store.kind)
      try await tenant.upload("Short", "You get your money back.")
      try await tenant.upload("Long", "You get your money back within thirty days of what you bought.")
      try await eventually("both are found") {
        try await tenant.database.pool.withConnection {
          try $0.execute("select count(*) from index_\(version.number).document")[0].int8(0) == 2 ? true : nil
        }
      }
      try await tenant.say("Reimbursement?", visitor: "ada")
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }

      func run(
        _ store: (any VectorSearch)?, _ reranker: (any Reranker)?, embeds: Bool = true
      ) async throws -> WhatIfReport {
        let whatIf = WhatIf(
          log: tenant.log, pool: tenant.database.reading, keyring: tenant.keyring, models: models,
          chat: model,
          embedder: embeds ? embedder : nil, store: store, reranker: reranker)
        let sample = WhatIfSample(agent: tenant.agent, from: .distantPast, to: nil, size: 10)
        let candidate = Candidate(
          agent: tenant.agent, name: "Test", version: nil, definition: definition, index: .current)
        let comparisons = try await whatIf.run(
          candidate, over: try await whatIf.traffic(sample).exchanges, concurrency: 1)
        return WhatIfReport(
          candidate: candidate, sample: sample, comparisons: comparisons, leftOut: LeftOut(), made: Date(),
          seconds: 1)
      }
      let asThen = try await run(store, RetrieveTests.LongestFirst())
      #expect(asThen.comparisons.map(\.passages) == [["Long", "Short"]])
      #expect(asThen.comparisons.map { $0.exchange.passages.map(\.title) } == [["Long", "Short"]])
      #expect(asThen.remarks.isEmpty)
      #expect(try await run(store, ShortestFirst()).comparisons.map(\.passages) == [["Short", "Long"]])

      let without = try await run(nil, nil)
      #expect(without.comparisons.map(\.passages) == [[]])
      #expect(without.remarks.count == 1 && without.remarks[0].contains("without the vector-store"))
      let byWords = try await run(store, nil, embeds: false)
      #expect(byWords.comparisons.map(\.missed) == [["embedding"]] && byWords.remarks.count == 1)
      #expect(without.html.contains("without the vector-store") && without.csv.contains(",vector-store,"))
    }
  }

  /// What a timeline shows is assembled again from the log: word by word what the model was last sent, with passages,
  /// earlier turns, what it had called and was told, and not what came while it wrote.
  @Test func aTimelineShowsEachPromptAsItWasSent() async throws {
    let server = try SocketServer { connection, _ in
      guard connection.readRequest() != nil else { return }
      connection.respond("200 OK", #"{"state":"shipped"}"#)
    }
    let model = PlannedChatModel { request, _ in
      let last = request.messages.last
      if last?.role == .tool { return .says("It says \(last?.content ?? "").") }
      guard last?.content.contains("order") == true else { return .says("Within 30 days [1].") }
      let calls = [1, 2].map {
        ToolCall(id: "call_\($0)", name: "order", arguments: #"{"order":"A-17\#($0)"}"#)
      }
      return .says("I look it up.", calls: calls)
    }
    let definition = AgentDefinition(
      instructions: "Answer for the shop.", fallback: "?",
      tools: [AgentTool(name: "order", kind: "order", url: "\(server.url)/orders/{order}")])
    let models = ModelCatalogue(models: [ConfiguredModel(name: "m", contextTokens: 2_000)])
    try await Journey.run(
      model: model, models: models, toolHosts: "private:127.0.0.1:\(server.port)", definition: definition
    ) { journey in
      let tenant = journey.tenant
      try await tenant.upload("Returns", "# Returns\n\nYou can return goods within 30 days.")
      try await tenant.waitForIndex()
      for (number, text) in ["Can I return goods?", "Where is my order A-17?"].enumerated() {
        try await tenant.say(text, visitor: "ada")
        _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == number + 1 }
      }
      let records = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let conversation = try #require(ConversationID(records[0].event.key.rawValue))
      let reader = TimelineReader(
        log: tenant.log, pool: tenant.database.pool, keyring: tenant.keyring)
      let answers = try await reader.read(conversation, at: nil).answers
      let requests = model.requests.map(\.messages)
      let asked = [requests.first, requests.last { $0.last?.role == .tool }].compactMap(\.self)
      #expect(answers.count == 2 && asked.count == 2)
      #expect(asked.last?.suffix(3).map(\.role) == [.assistant, .tool, .tool])
      for (answer, messages) in zip(answers, asked) {
        #expect(answer.isPromptExact == true)
        #expect(answer.prompt?.map(\.role) == messages.map(\.role.rawValue))
        #expect(answer.prompt?.map(\.text) == messages.map(\.content))
        #expect(
          answer.prompt?.map { $0.calls?.map(\.arguments) }
            == messages.map { $0.toolCalls?.map(\.arguments) })
      }
      let first = answers.first?.prompt?.map(\.text).joined() ?? ""
      #expect(
        first.contains("Answer for the shop.") && first.contains("You can return goods within 30 days."))

      // Somebody who changed what the log tells of a prompt is seen.
      let edited = try await edit(records, tenant, "Can I send goods back?")
      let changed = try Timeline(
        edited, opened: try await opened(edited, tenant), keys: try await keys(of: edited, tenant),
        agents: await AgentVersions.read(tenant.log), conversation: conversation, at: nil)
      #expect(changed.answers.first?.isPromptExact == false)
      #expect(changed.answers.first?.prompt?.last?.text.hasSuffix("Can I send goods back?") == true)
    }
  }

  /// The same events with another first question.
  private func edit(_ records: [Record], _ tenant: TestTenant, _ text: String) async throws -> [Record] {
    let index = try #require(records.firstIndex { $0.event.type == MessageReceived.type })
    let event = records[index].event
    let read = try MessageReceived.read(event)
    let sealed = try #require(read.private)
    let key = try #require(try await keys(of: records, tenant)[JWE.keyID(of: sealed)])
    let before = try JSON.decode(MessageReceived.Private.self, from: JWE.open(sealed, with: key))
    let value = try MessageReceived.value(
      read.facts, private: .init(text: text, providerID: before.providerID), sealedWith: key)
    var records = records
    records[index] = Record(
      position: records[index].position,
      event: Event(
        id: event.id, type: event.type, topic: event.topic, key: event.key, tenant: event.tenant,
        time: event.time, source: event.source, causation: event.causation, correlation: event.correlation,
        traceparent: event.traceparent, value: value))
    return records
  }

  private func opened(_ records: [Record], _ tenant: TestTenant) async throws -> [EventID: JSONValue] {
    try await ConversationHistory(log: tenant.log, pool: tenant.database.pool, keyring: tenant.keyring)
      .open(records)
  }

  private func keys(of records: [Record], _ tenant: TestTenant) async throws -> [KeyID: SealingKey] {
    let sealed = records.filter { $0.event.type == ContextRetrieved.type }.compactMap {
      try? ContextRetrieved.read($0.event).private
    }
    return try await ConversationHistory(
      log: tenant.log, pool: tenant.database.pool, keyring: tenant.keyring
    ).keys(Set(sealed.compactMap { try? JWE.keyID(of: $0) }))
  }
}
