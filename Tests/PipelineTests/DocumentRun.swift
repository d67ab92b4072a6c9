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

  static func run(
    limits: ExtractionLimits = ExtractionLimits(), embedder: (any Embedder)? = nil,
    destination: HTTPRequest.Destination = .any,
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
          destination: destination), environment: environment)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await index.run() }
        group.addTask { try await crawl.run() }
        group.addTask { try await body(run) }
        defer { group.cancelAll() }
        try await group.next()
      }
      owner.close()
      await made.log.close()
    }
  }

  func advance(hours: Double) { clock.advance(hours * 3_600) }

  func upload(
    _ title: String, _ bytes: [UInt8], _ format: DocumentFormat, id: DocumentID = DocumentID(UUID.version7())
  ) async throws -> DocumentID {
    let provisioning = Provisioning(log: made.log, keyring: made.keyring, source: "/test", now: Date())
    try await made.database.pool.withTransaction { [tenant] transaction in
      try provisioning.uploadDocument(
        id, title: title, mediaType: format.mediaType, language: "english", bytes: bytes, tenant: tenant,
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

  func search(_ text: String, vector: [Float]? = nil) async throws -> [KnowledgeIndex.Match] {
    try await made.database.pool.withTransaction { [tenant] transaction in
      guard let live = try IndexVersions.live(in: transaction) else { throw TestSetupError("no index") }
      return try KnowledgeIndex.search(
        [.init(tenant: tenant, language: "english", text: text, vector: vector, limit: 5)], version: live,
        in: transaction)[0]
    }
  }
}
