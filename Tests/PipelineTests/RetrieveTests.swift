import Contracts
import Foundation
import HTTPClient
import Knowledge
import Logging
import Pipeline
import Postgres
import TestKit
import TestServers
import Testing

/// What is asked of others before a message is answered, and what is recorded of that.
@Suite(.serialized) struct RetrieveTests {
  /// Everything means the same to it.
  struct OneMeaning: Embedder {
    static let model = EmbeddingModel(name: "one", dimensions: 3, languages: ["english"])
    var model: EmbeddingModel { Self.model }
    func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]] {
      texts.map { _ in [1, 0, 0] }
    }
  }

  private struct Silent: Embedder {
    var model: EmbeddingModel { OneMeaning.model }
    func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]] {
      guard purpose == .passage else { throw EmbeddingError("nobody answers", isRetriable: true) }
      return texts.map { _ in [1, 0, 0] }
    }
  }

  struct LongestFirst: Reranker {
    let name = "longest"
    func scores(of passages: [String], for question: String) async throws(RerankError) -> [Double] {
      passages.map { Double($0.utf8.count) }
    }
  }

  private struct Broken: Reranker {
    let name = "broken"
    func scores(of passages: [String], for question: String) async throws(RerankError) -> [Double] {
      throw RerankError("nobody answers")
    }
  }

  /// An index with vectors takes the place of the first one, which has none.
  static func makeIndex(_ tenant: TestTenant, store: String? = nil) async throws -> IndexVersion {
    try await tenant.database.pool.withTransaction { transaction in
      let version = try IndexVersions.make(
        TestDatabase.home, sizes: ChunkSizes(), model: OneMeaning.model, store: store, in: transaction)
      try IndexVersions.promote(version, leavingAt: 0, in: transaction)
      return version
    }
  }

  private func retrieved(_ journey: Journey, _ count: Int) async throws -> ContextRetrieved.Facts {
    let records = try await journey.tenant.conversationEvents { $0.count(ContextRetrieved.type) == count }
    return try ContextRetrieved.read(
      records.filter { $0.event.type == ContextRetrieved.type }[count - 1].event
    )
    .facts
  }

  @Test func vectorsInChromaAreAskedSweptAndMissed() async throws {
    var server: ChromaServer? = try ChromaServer()
    let url = try #require(server?.url)
    let store = ChromaStore(.init(url: url), key: nil, client: HTTPClient())
    try await Journey.run(means: .init(embedder: OneMeaning(), store: store)) { journey in
      let version = try await Self.makeIndex(journey.tenant, store: store.kind)
      try await journey.tenant.upload("Policy", "You get your money back.")
      try await journey.tenant.waitForIndex()
      try await journey.tenant.say("Reimbursement?", visitor: "ada")
      let facts = try await retrieved(journey, 1)
      #expect(facts.vectors == "chroma" && facts.missed == nil && facts.index == version.number)
      let document = try #require(facts.passages.first?.document)

      let pool = journey.tenant.database.pool
      let sweeper = VectorSweeper(store: store, pool: pool, logger: Logger(label: "test"))
      let sweeping = Task { try await sweeper.run() }
      try await pool.withTransaction { try IndexWriter(version).withdraw(document, in: $0) }
      let space = try #require(version.space?.id)
      let tenant = journey.tenant.tenant
      try await eventually("the vector is gone") {
        let left = try await store.nearest(to: [1, 0, 0], of: tenant, filter: .init(), most: 9, in: space)
        return left.isEmpty ? true : nil
      }
      sweeping.cancel()
      try await sweeping.value
    }
    server = nil
  }

  @Test func whatDoesNotAnswerIsDoneWithoutAndNamed() async throws {
    let nowhere = ChromaStore(
      .init(url: "http://127.0.0.1:\(try SocketServer.unusedPort())"), key: nil, client: HTTPClient())
    try await Journey.run(means: .init(embedder: OneMeaning(), store: nowhere)) { journey in
      _ = try await Self.makeIndex(journey.tenant, store: nowhere.kind)
      try await journey.tenant.say("Reimbursement?", visitor: "ada")
      let facts = try await retrieved(journey, 1)
      #expect(facts.missed == ["vector-store"] && facts.vectors == nil && facts.passages.isEmpty)
    }
    try await Journey.run(means: .init(embedder: Silent())) { journey in
      _ = try await Self.makeIndex(journey.tenant)
      try await journey.tenant.upload("Policy", "You get your money back.")
      try await journey.tenant.waitForIndex()
      try await journey.tenant.say("When is my money back?", visitor: "ada")
      let facts = try await retrieved(journey, 1)
      #expect(facts.missed == ["embedding"] && facts.vectors == nil && facts.passages.count == 1)
    }
  }

  /// Asks for what is in two documents, the shorter of which is found first. Returns their titles in the order of the
  /// passages, and what is recorded.
  private func ranked(by reranker: any Reranker) async throws -> ([String], ContextRetrieved.Facts) {
    try await Journey.run(means: .init(embedder: OneMeaning(), reranker: reranker)) { journey in
      _ = try await Self.makeIndex(journey.tenant)
      try await journey.tenant.upload("Short", "Refund refund.")
      try await journey.tenant.upload(
        "Long", "A refund is what you get back of the money that you paid to us.")
      try await journey.tenant.waitForIndex()
      let titles = try await eventually("both are found") {
        let titles = try await journey.tenant.database.pool.withConnection { connection in
          try connection.execute(
            "select c.id, c.title from index_2.chunk as c join index_2.document as d on d.id = c.document"
          ).map { (ChunkID($0.uuid(0)), $0.text(1)) }
        }
        return titles.count == 2 ? Dictionary(uniqueKeysWithValues: titles) : nil
      }
      try await journey.tenant.say("refund", visitor: "ada")
      let facts = try await retrieved(journey, 1)
      return (facts.passages.compactMap { titles[$0.chunk] }, facts)
    }
  }

  @Test func theOrderIsTheRerankersAndSoRecorded() async throws {
    let (titles, facts) = try await ranked(by: LongestFirst())
    #expect(titles == ["Long", "Short"])
    #expect(facts.reranker == "longest" && facts.vectors == "postgres" && facts.missed == nil)
    #expect(facts.passages.count == 2 && facts.passages[0].score > facts.passages[1].score)
  }

  @Test func whatARerankerDoesNotAnswerStaysAsItWasFoundAndThatIsRecorded() async throws {
    let (titles, facts) = try await ranked(by: Broken())
    #expect(titles == ["Short", "Long"])
    #expect(facts.reranker == nil && facts.vectors == "postgres" && facts.missed == ["reranker"])
  }
}
