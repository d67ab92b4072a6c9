import Contracts
import EventLog
import Foundation
import Keyring
import Knowledge
import Models
import Pipeline
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

@testable import Replay

/// A candidate is run over answers that are in the log.
@Suite(.timeLimit(.minutes(2)))
struct WhatIfTests {
  /// A conversation of one question and one answer, with the passages that it was made from.
  private func converse(
    _ tenant: TestTenant, _ question: String, _ answer: String, at time: Date, erased: Bool = false
  ) async throws -> ConversationID {
    let (conversation, contact) = (ConversationID(UUID()), ContactID(UUID()))
    let known = KnownOffsets(agents: .zero, tenants: .zero)
    let (asked, replied) = (MessageID(UUID()), MessageID(UUID()))
    try await tenant.database.pool.withTransaction { transaction in
      let key = try tenant.keyring.make(.contact, tenant: tenant.tenant, id: KeyID(contact.uuid))
      if !erased { try tenant.keyring.store([key], in: transaction) }
      func event<Spec: EventSpec>(_ spec: Spec.Type, _ facts: Spec.Facts, _ content: Spec.Private) throws
        -> Event
      {
        Event(
          id: EventID(UUID()), type: Spec.type, topic: .conversations, key: StreamID(conversation),
          tenant: tenant.tenant, time: time, source: "/tests",
          value: try Spec.value(facts, private: content, sealedWith: key.key))
      }
      let passage = PassageFacts(document: DocumentID(UUID()), chunk: ChunkID(UUID()), score: 1)
      try tenant.log.append(
        [
          event(
            MessageReceived.self,
            .init(
              message: asked, conversation: conversation, contact: contact, connection: tenant.whatsApp,
              channel: .whatsapp, kind: .text, providerHMAC: String(repeating: "a", count: 64),
              providerTime: nil,
              bytes: question.utf8.count), .init(text: question, providerID: "p")),
          event(
            ContextRetrieved.self,
            .init(
              conversation: conversation, message: asked, connection: tenant.whatsApp, agent: tenant.agent,
              agentVersion: 1, indexVersion: 1, passages: [passage], milliseconds: 1, known: known),
            .init(query: question, passages: [.init(title: "Returns", text: "Within 30 days.")])),
          event(
            ReplyGenerated.self,
            .init(
              conversation: conversation, message: replied, answers: [asked], agent: tenant.agent,
              agentVersion: 1,
              kind: .model, model: "old", finishReason: "stop", promptTokens: 10, completionTokens: 5,
              firstTokenMilliseconds: nil, milliseconds: 900, attempts: 1, indexVersion: 1,
              passages: [passage],
              bytes: answer.utf8.count, known: known), .init(text: answer)),
        ], in: transaction)
    }
    return conversation
  }

  /// A message that no agent answered.
  private func skip(_ tenant: TestTenant, _ reason: String, at time: Date) async throws {
    let conversation = ConversationID(UUID())
    let facts = ReplySkipped.Facts(
      conversation: conversation, answers: [MessageID(UUID())], reason: reason,
      known: KnownOffsets(agents: .zero, tenants: .zero))
    _ = try await tenant.log.append([
      Event(
        id: EventID(UUID()), type: ReplySkipped.type, topic: .conversations, key: StreamID(conversation),
        tenant: tenant.tenant, time: time, source: "/tests", value: try ReplySkipped.value(facts))
    ])
  }

  /// What the contact reads of the model's words.
  private static let shown = "The new words [1].\n\n[1] Returns"

  private func candidate(_ tenant: TestTenant) -> Candidate {
    Candidate(
      agent: tenant.agent, name: "Test agent", version: 2,
      definition: AgentDefinition(instructions: "Be brief.", fallback: "No idea.", model: "new-model"))
  }

  private static let models = ModelCatalogue(models: [ConfiguredModel(name: "new-model")])

  /// Keeps what it was asked.
  private final class ListeningModel: ChatModel {
    let requests = Mutex<[ChatRequest]>([])
    let running = Mutex((now: 0, most: 0))
    let words: @Sendable (ChatRequest) -> String
    init(_ words: @escaping @Sendable (ChatRequest) -> String) { self.words = words }

    func answer(
      _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
    ) async throws(ModelError) -> ChatAnswer {
      requests.withLock { $0.append(request) }
      running.withLock { running in
        running.now += 1
        running.most = max(running.most, running.now)
      }
      await Task.yield()
      running.withLock { $0.now -= 1 }
      return ChatAnswer(
        text: words(request), model: request.model, usage: ChatUsage(promptTokens: 7, completionTokens: 3),
        finishReason: "stop", firstTokenAfter: nil, latency: .milliseconds(5))
    }
  }

  @Test func aCandidateIsAskedWhatWasAskedThenAndNothingIsAppended() async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      let now = Date()
      for number in 0..<12 {
        _ = try await converse(
          tenant, "Question \(number)?", number == 3 ? Self.shown : "Old words.",
          at: now.addingTimeInterval(Double(number - 12) * 60))
      }
      _ = try await converse(tenant, "Gone?", "Gone.", at: now.addingTimeInterval(-30), erased: true)
      for (reason, age) in [("handed-over", 20.0), ("handed-over", 10), ("no-agent", 5), ("no-agent", 3_600)]
      {
        try await skip(tenant, reason, at: now.addingTimeInterval(-age))
      }
      let model = ListeningModel { _ in "The new words [1]." }
      let whatIf = WhatIf(
        log: tenant.log, pool: database.reading, keyring: tenant.keyring, models: Self.models, chat: model)
      let before = try await tenant.log.ends(of: .conversations)
      let from = now.addingTimeInterval(-10 * 60 - 1)
      let traffic = try await whatIf.traffic(
        WhatIfSample(agent: tenant.agent, from: from, to: nil, size: 100))
      let all = traffic.exchanges
      #expect(
        traffic.leftOut == LeftOut(skipped: ["handed-over": 2, "no-agent": 1], erased: 1, outsideWindow: 0))
      #expect(all.map(\.question) == (2..<12).map { "Question \($0)?" })
      let four = WhatIfSample(agent: tenant.agent, from: from, to: nil, size: 4)
      let some = try await whatIf.traffic(four).exchanges
      let again = try await whatIf.traffic(four).exchanges
      // The erased one may be among the four.
      #expect((3...4).contains(some.count) && some.map(\.event) == again.map(\.event))
      let other = try await whatIf.traffic(
        WhatIfSample(agent: AgentID(UUID()), from: from, to: nil, size: 4)
      ).exchanges
      #expect(other.isEmpty)

      let comparisons = try await whatIf.run(candidate(tenant), over: all, concurrency: 3)
      #expect(comparisons.map(\.exchange.event) == all.map(\.event))
      #expect(comparisons.map(\.isSame) == all.map { $0.answer.text == Self.shown })
      #expect(comparisons.allSatisfy { $0.answer?.citations == [1] && $0.answer?.model == "new-model" })
      #expect(model.running.withLock { $0.most } <= 3)
      let requests = model.requests.withLock { $0 }
      #expect(requests.count == 10)
      #expect(
        requests.allSatisfy { request in
          request.messages.contains { $0.content.contains("Be brief.") }
            && request.messages.contains { $0.content.contains("Within 30 days.") }
            && !request.messages.contains { $0.content.contains("Old") || $0.content.contains("new words") }
        })
      #expect(try await tenant.log.ends(of: .conversations) == before)

      let sum = ComparisonSummary(comparisons)
      #expect(sum.count == 10 && sum.same == 1 && sum.citationChanges == 9 && sum.old.promptTokens == 100)
      #expect(sum.new.costMicros == nil && sum.new.promptTokens == 70)
    }
  }

  /// Counts what it embeds.
  private final class CountingEmbedder: Embedder {
    let model = EmbeddingModel(name: "two", dimensions: 2)
    let texts = Mutex<[String]>([])

    func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]] {
      self.texts.withLock { $0 += texts }
      return texts.map { _ in [1, 0] }
    }
  }

  /// What a customer asked was embedded then; what was not is embedded, and nothing is kept of it.
  @Test func questionsWhoseVectorsAreKeptAreNotEmbeddedAgain() async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      let embedder = CountingEmbedder()
      let version = try await database.pool.withTransaction {
        try IndexVersions.make(TestDatabase.home, sizes: ChunkSizes(), model: embedder.model, in: $0)
      }
      let ada = KeyID(UUID())
      let keys = try await database.pool.withTransaction {
        try tenant.keyring.create(.contact, tenant: tenant.tenant, ids: [ada], in: $0)
      }
      _ = try await PassageFinder(pool: database.pool, embedder: embedder, keyring: tenant.keyring).find(
        .init(
          tenant: tenant.tenant, language: "english", text: "Kept?", limit: 1, asker: keys[ada]),
        in: version)
      for question in ["Kept?", "New?"] { _ = try await converse(tenant, question, "Old.", at: Date()) }
      let whatIf = WhatIf(
        log: tenant.log, pool: database.reading, keyring: tenant.keyring, models: Self.models,
        chat: ListeningModel { _ in "New." }, embedder: embedder)
      let traffic = try await whatIf.traffic(
        WhatIfSample(agent: tenant.agent, from: Date().addingTimeInterval(-600), to: nil, size: 9))
      let candidate = Candidate(
        agent: tenant.agent, name: "Test agent", version: 2,
        definition: AgentDefinition(instructions: "Be brief.", fallback: "No idea.", model: "new-model"),
        index: .version(version.number))
      #expect(try await whatIf.run(candidate, over: traffic.exchanges, concurrency: 1).count == 2)
      #expect(embedder.texts.withLock { $0 } == ["Kept?", "New?"])
      let kept = try await database.pool.withConnection {
        try $0.execute("select count(*) from knowledge.asked")[0].int8(0)
      }
      #expect(kept == 1)
    }
  }

  @Test func aModelThatFailsIsShownAndTheOthersGoOn() async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      for number in 0..<3 { _ = try await converse(tenant, "Question \(number)?", "Old.", at: Date()) }
      let model = ScriptedChatModel(
        pieces: ["New."],
        failure: { $0 == 1 ? ModelError(code: .rejected, message: "too long") : nil })
      let whatIf = WhatIf(
        log: tenant.log, pool: database.reading, keyring: tenant.keyring, models: Self.models, chat: model)
      let exchanges = try await whatIf.traffic(
        WhatIfSample(agent: tenant.agent, from: .distantPast, to: nil, size: 10)
      ).exchanges
      let comparisons = try await whatIf.run(candidate(tenant), over: exchanges, concurrency: 1)
      // The passages say nothing of it either.
      #expect(comparisons.map(\.answer?.kind) == ["model", nil, "model"])
      #expect(comparisons.map(\.silence) == [nil, "rejected", nil])
      #expect(ComparisonSummary(comparisons).silent == 1)
    }
  }

  @Test func aJudgeScoresWithoutKnowingWhichIsNew() throws {
    let straight = try Judge.read(
      "```json\n{\"first\": 2, \"second\": 5, \"reason\": \"x\"}\n```", isSwapped: false)
    #expect(straight == .init(old: 2, new: 5, reason: "x"))
    let swapped = try Judge.read("{\"first\": 2, \"second\": 5}", isSwapped: true)
    #expect(swapped == .init(old: 5, new: 2, reason: ""))
    for text in ["", "no", "{\"first\": 9, \"second\": 1}", "{\"first\": 3}", "}{"] {
      #expect(throws: ReplayError.self) { try Judge.read(text, isSwapped: false) }
    }
  }

  /// Which of both is the new one shows neither in the words nor always in the order.
  @Test func aJudgeIsAskedForEachPairAndItsScoresGoToTheRightSide() async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      for number in 0..<12 { _ = try await converse(tenant, "Question \(number)?", "Old words.", at: Date()) }
      let chat = ListeningModel { _ in "The new words [1]." }
      // It likes the new ones, and says nothing of use about one question.
      let judge = ListeningModel { request in
        let text = request.messages.map(\.content).joined()
        guard !text.contains("Question 7?") else { return "I cannot say." }
        return text.contains("First answer:\n\(Self.shown)")
          ? #"{"first": 5, "second": 2, "reason": "first"}"#
          : #"{"first": 2, "second": 5, "reason": "second"}"#
      }
      let whatIf = WhatIf(
        log: tenant.log, pool: database.reading, keyring: tenant.keyring, models: Self.models, chat: chat,
        judge: Judge(chat: judge, model: ConfiguredModel(name: "judge")))
      let exchanges = try await whatIf.traffic(
        WhatIfSample(agent: tenant.agent, from: .distantPast, to: nil, size: 100)
      ).exchanges
      let comparisons = try await whatIf.run(candidate(tenant), over: exchanges, concurrency: 4)
      let requests = judge.requests.withLock { $0 }
      #expect(requests.count == 12 && requests.allSatisfy { $0.server == "judge" && $0.temperature == 0 })
      for request in requests {
        let text = request.messages.map(\.content).joined()
        for part in ["Question ", "Within 30 days.", "Old words.", Self.shown] {
          #expect(text.contains(part))
        }
      }
      for comparison in comparisons {
        let isOdd = comparison.exchange.question == "Question 7?"
        #expect((comparison.judgement == nil) == isOdd && (comparison.judgeFailure != nil) == isOdd)
        guard let judgement = comparison.judgement else { continue }
        #expect(judgement.old == 2 && judgement.new == 5)
        let isSwapped = comparison.exchange.event.uuid.bytes[15] & 1 == 1
        #expect(judgement.reason == (isSwapped ? "first" : "second"))
      }
      let sum = ComparisonSummary(comparisons)
      #expect(sum.better == 11 && sum.worse == 0 && sum.old.score == 2 && sum.new.score == 5)
    }
  }

  /// A log that can only be read: what is made of it cannot append, whatever it is.
  private struct OnlyReads: ReadableLog {
    let log: PostgresLog
    var layout: LogLayout { log.layout }
    func ends(of topic: Topic) async throws(EventLogError) -> [Offset] { try await log.ends(of: topic) }
    func ends(of topics: [Topic]) async throws(EventLogError) -> [Topic: [Offset]] {
      try await log.ends(of: topics)
    }
    func endsQuery(of topic: Topic) -> PostgresStatement? { nil }
    func reader(
      from cursors: [Cursor], types: Set<EventType>?
    ) async throws(EventLogError) -> any LogReader { try await log.reader(from: cursors, types: types) }
  }

  /// A place for vectors that can only be asked.
  private struct OnlyNearest: VectorSearch {
    let kind = "elsewhere"
    func nearest(
      to vector: [Float], of tenant: TenantID, filter: KnowledgeIndex.Filter, most: Int, in space: UUID
    ) async throws(VectorStoreError) -> [NearChunk] { [] }
  }

  /// That this compiles says most of it: a log without `append`, a pool without transactions, a store of vectors that takes
  /// none, and nothing that performs
  /// effects. What a `WhatIf` holds is looked at in full, and the database refuses queries that write.
  @Test func aRehearsalHasNoMeansToHaveEffects() async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      _ = try await converse(tenant, "How long?", "Old words.", at: Date())
      let reading = database.reading
      let whatIf = WhatIf(
        log: OnlyReads(log: tenant.log), pool: reading, keyring: tenant.keyring, models: Self.models,
        chat: ListeningModel { _ in "New [1]." }, store: OnlyNearest())
      let exchanges = try await whatIf.traffic(
        WhatIfSample(agent: tenant.agent, from: .distantPast, to: nil, size: 10)
      ).exchanges
      #expect(try await whatIf.run(candidate(tenant), over: exchanges, concurrency: 1).count == 1)

      for statement in [
        "create table t (id integer)", "insert into stage.seen (tenant, hmac) values (gen_random_uuid(), '')",
        "delete from keyring.key", "select nextval('x')", "update log.topic set partitions = 1",
      ] {
        await #expect {
          try await reading.read { _ = try $0.execute(statement, []) }
        } throws: { error in
          // read_only_sql_transaction, or that there is no such sequence.
          ["25006", "42P01"].contains((error as? PostgresError)?.sqlState)
        }
      }
      var pools = 0
      look(at: whatIf, depth: 0) { value in
        #expect(!(value is any EffectPerformer), "\(type(of: value))")
        #expect(!(value is any EventLog) || value is PostgresLog, "\(type(of: value))")
        #expect(!(value is PostgresPool), "a pool that writes")
        if value is ReadOnlyPool { pools += 1 }
      }
      #expect(pools >= 2)
    }
  }

  /// Everything that a value holds, as deep as it is ours.
  private func look(at value: Any, depth: Int, _ body: (Any) -> Void) {
    body(value)
    // What a log or a pool is made of is their own.
    guard depth < 8, !(value is ReadOnlyPool), !(value is any ReadableLog) else { return }
    for child in Mirror(reflecting: value).children { look(at: child.value, depth: depth + 1, body) }
  }

  @Test func aReportHoldsHostileTextsWithoutHarm() async throws {
    let nasty = "<script>alert(1)</script> \"quoted\"\r\n=cmd|' /C calc'!A0"
    let exchange = Exchange.forTests(nasty, .init(text: "=1+1", kind: "model"), passages: [nasty])
    let comparison = try await Comparison.forTests(exchange, saying: nasty)
    let report = WhatIfReport(
      candidate: Candidate(
        agent: exchange.agent, name: nasty, version: 1,
        definition: AgentDefinition(instructions: "", fallback: "")),
      sample: WhatIfSample(agent: exchange.agent, from: .distantPast, to: nil, size: 1),
      comparisons: [comparison], leftOut: LeftOut(skipped: [nasty: 1]), made: Date(), seconds: 1)
    #expect(!report.html.contains("<script>") && report.html.contains("&lt;script&gt;"))
    #expect(report.csv.contains(",'=1+1,"))
    #expect(report.csv.contains("\"<script>alert(1)</script> \"\"quoted\"\"\r\n=cmd|' /C calc'!A0\""))
  }
}
