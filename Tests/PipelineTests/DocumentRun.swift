import Contracts
import EventLog
import Extraction
import Foundation
import HTTPClient
import Knowledge
import Pipeline
import Postgres
import PostgresLog
import Synchronization
import TestKit

/// Runs the stages that keep documents while `body` works, by a clock that the test sets forward.
struct DocumentRun: Sendable {
  let tenant: TenantID
  let made: TestTenant
  private let clock: Clock

  private final class Clock: Sendable {
    private let ahead = Mutex<TimeInterval>(0)
    var now: Date { Date().addingTimeInterval(ahead.withLock { $0 }) }
    func advance(_ seconds: TimeInterval) { ahead.withLock { $0 += seconds } }
  }

  /// - Parameters:
  ///   - indexes: whether documents are indexed; else the test does that (`indexer`).
  ///   - crawls: whether sources are looked at; else the test does that (`crawler`).
  static func run(
    limits: ExtractionLimits = ExtractionLimits(), embedder: (any Embedder)? = nil, indexes: Bool = true,
    crawls: Bool = true,
    destination: HTTPRequest.Destination = .any, crawledBytes: Int = DocumentStore.maximumBytes,
    _ body: @escaping @Sendable (DocumentRun) async throws -> Void
  ) async throws {
    try await TestDatabase.with(connections: 8) { database in
      let made = try await TestTenant.make(in: database)
      let run = DocumentRun(tenant: made.tenant, made: made, clock: Clock())
      let owner = StageOwner(url: database.url)
      let environment = made.environment(owner: owner, now: { [clock = run.clock] in clock.now })
      let indexer = DocumentIndexer(
        pool: database.pool, keyring: made.keyring, extraction: .forTests(limits), embedder: embedder)
      let index = StageRunner(
        Index(), performer: DocumentPreparer(indexer: indexer, pool: database.pool), environment: environment)
      let crawl = StageRunner(
        Crawl(),
        performer: Crawler(
          client: HTTPClient(), pool: database.pool, keyring: made.keyring, extraction: .forTests(),
          destination: destination, maximumBytes: crawledBytes), environment: environment)
      try await withThrowingTaskGroup(of: Void.self) { group in
        if indexes { group.addTask { try await index.run() } }
        if crawls { group.addTask { try await crawl.run() } }
        group.addTask { try await body(run) }
        defer { group.cancelAll() }
        try await group.next()
      }
      owner.close()
      await made.log.close()
    }
  }

  /// A process of its own that indexes.
  func indexer(_ embedder: (any Embedder)? = nil) -> StageProcess {
    StageProcess(on: made.database) { pool, owner in
      let runner = StageRunner(
        Index(),
        performer: DocumentPreparer(
          indexer: DocumentIndexer(
            pool: pool, keyring: made.keyring, extraction: .forTests(), embedder: embedder), pool: pool),
        environment: made.environment(pool: pool, owner: owner), patience: .zero)
      return { try await runner.run() }
    }
  }

  /// A process of its own that crawls.
  func crawler() -> StageProcess {
    StageProcess(on: made.database) { pool, owner in
      let runner = StageRunner(
        Crawl(),
        performer: Crawler(
          client: HTTPClient(), pool: pool, keyring: made.keyring, extraction: .forTests(), destination: .any),
        environment: made.environment(pool: pool, owner: owner), patience: .zero)
      return { try await runner.run() }
    }
  }

  /// An index with vectors takes the place of the first one, which has none.
  func useVectors(of embedder: any Embedder) async throws {
    try await made.database.pool.withTransaction { transaction in
      let version = try IndexVersions.make(
        TestDatabase.home, sizes: ChunkSizes(), model: embedder.model, in: transaction)
      try IndexVersions.promote(version, leavingAt: 0, in: transaction)
    }
  }

  func advance(hours: Double) { clock.advance(hours * 3_600) }

  func upload(
    _ title: String, _ bytes: [UInt8], _ format: DocumentFormat, id: DocumentID = DocumentID(UUID.version7()),
    language: String = "english"
  ) async throws -> DocumentID {
    let provisioning = Provisioning(log: made.log, keyring: made.keyring, source: "/test", now: Date())
    try await made.database.pool.withTransaction { [tenant] transaction in
      try provisioning.uploadDocument(
        id, title: title, mediaType: format.mediaType, language: language, bytes: bytes, tenant: tenant,
        in: transaction)
    }
    return id
  }

  func append<Spec: EventSpec>(_ spec: Spec.Type, _ facts: Spec.Facts, key: StreamID) async throws {
    _ = try await made.log.append([
      Event(
        id: EventID(UUID.version7()), type: Spec.type, topic: Spec.topic, key: key, tenant: tenant,
        time: Date(),
        source: "/test", value: try Spec.value(facts))
    ])
  }

  /// Reads `documents` from the start until `isEnough` holds of everything read so far.
  func events(until isEnough: @escaping @Sendable ([Record]) throws -> Bool) async throws -> [Record] {
    let reader = try await made.log.reader(
      from: [.init(TopicPartition(.documents, Partition(0)))], types: nil)
    var records: [Record] = []
    while try !isEnough(records) { records += try await reader.next(limit: 500).records }
    return records
  }

  /// How many pages of how many of the only source were looked at; nil while no look is under way.
  func round() async throws -> [Int]? {
    try await made.database.pool.withConnection { connection in
      let row = try connection.execute("select done, total from knowledge.source").first
      return row.flatMap { row in row.optional(0, PostgresRow.int4).map { [Int($0), Int(row.int4(1))] } }
    }
  }

  /// When the only source was looked at last, by the test's clock; nil before that.
  func lookedAt() async throws -> Date? {
    try await made.database.pool.withConnection { connection in
      try connection.execute("select looked_at from knowledge.source").first
        .flatMap { $0.optional(0, PostgresRow.date) }
    }
  }

  /// When the only source waits to be decided on again; nil while it does not.
  func crawlDue() async throws -> Date? {
    try await made.database.pool.withConnection { connection in
      try connection.execute("select due_at from stage.waiting where stage = 'crawl'").first
        .flatMap { $0.optional(0, PostgresRow.date) }
    }
  }

  /// How many events of documents there are.
  func count(_ type: EventType) async throws -> Int {
    try await made.database.pool.withConnection {
      Int(
        try $0.execute("select count(*) from log.record where type = $1", [.text(type.rawValue)])[0].int8(0))
    }
  }

  /// Asks the work on a document to stop; false when there is none.
  func cancel(_ document: DocumentID) async throws -> Bool {
    try await made.database.pool.withTransaction { [tenant] in
      try DocumentWork.cancel(document, of: tenant, in: $0)
    }
  }

  /// What the last crawl of the only source reports.
  func problem() async throws -> String {
    try await made.database.pool.withConnection {
      try $0.execute("select problem from knowledge.source")[0].text(0)
    }
  }

  /// How far the work on a document is, as people see it; nil while there is none.
  func progress(of document: DocumentID) async throws -> String? {
    try await made.database.pool.withConnection { [tenant] in
      try DocumentWork.progress(of: [document], tenant: tenant, on: $0)[document]
    }
  }

  func search(_ text: String, vector: [Float]? = nil) async throws -> [KnowledgeIndex.Match] {
    try await made.database.pool.withTransaction { [tenant] transaction in
      guard let live = try IndexVersions.live(in: transaction) else { throw TestSetupError("no index") }
      return try KnowledgeIndex.search(
        [.init(tenant: tenant, language: "english", text: text, vector: vector, limit: 5)], version: live,
        in: transaction)[0]
    }
  }
}
