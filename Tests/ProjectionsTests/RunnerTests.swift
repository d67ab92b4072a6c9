import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import TestKit
import Testing

@testable import Projections

struct RunnerTests {
  private let knowledge: ProjectionDefinition
  private let conversations: ProjectionDefinition
  init() throws {
    knowledge = try ProjectionDefinition.load(TestDatabase.home.folder("projections/knowledge"))
    conversations = try ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations"))
  }

  private func runner(
    _ definition: ProjectionDefinition,
    _ log: any EventLog,
    _ database: TestDatabase
  ) -> ProjectionRunner {
    ProjectionRunner(
      definition,
      log: log,
      pool: database.pool,
      keys: TestKeys.source,
      logger: Logger(label: "test"),
      batchSize: 50
    )
  }

  private func records(in history: [Event], of definition: ProjectionDefinition) -> Int {
    history.count { definition.types.contains($0.type) }
  }

  /// Runs `runner` until `isReached`, which is asked again whenever the log was moved on.
  private func run(
    _ runner: ProjectionRunner,
    until isReached: @escaping @Sendable () async throws -> Bool
  ) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask { try await runner.run() }
      while try await !isReached() { await Task.yield() }
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  private func rows(_ sql: String, _ database: TestDatabase) async throws -> Int64 {
    try await database.pool.withConnection { try $0.execute(sql)[0].int8(0) }
  }

  @Test func everyEventIsAppliedOnceThoughRunnersComeAndGo() async throws {
    var random = LogRandom(seed: LogRandom.seed(for: "everyEventIsAppliedOnceThoughRunnersComeAndGo"))
    let history = try EventHistory.make(exchanges: 200, &random)
    try await TestDatabase.with { database in
      let log = MemoryLog(layout: LogLayout(partitions: 3))
      let harness = try await ProjectionHarness(conversations, database)
      try await harness.apply(
        ProjectionHarness.records(history, partitions: 3).filter {
          conversations.types.contains($0.event.type)
        },
        batchesOf: 100
      )
      try await database.pool.withConnection {
        _ = try $0.execute("update projection.version set state = 'failed'")
      }
      let quarter = history.count / 4 + 1
      for start in stride(from: 0, to: history.count, by: quarter) {
        let part = Array(history[start..<min(start + quarter, history.count)])
        _ = try await log.append(part)
        let ends = try await log.ends(of: .conversations).reduce(0) { $0 + $1.rawValue }
        try await run(runner(conversations, log, database)) {
          try await self.rows(
            """
            select coalesce(sum("offset"), 0)::bigint from projection.version as v,
            projection.position(v.schema) where v.state = 'live'
            """,
            database
          ) == ends
        }
      }
      let live = try await database.pool.withConnection { try ProjectionBuild.live("conversations", on: $0) }
      let schema = try #require(live?.schema)
      let tables = try await database.pool.withTransaction { [other = harness.build.schema] in
        try TableComparison.compare(other, schema, in: $0)
      }
      for table in tables { #expect(table.differences == 0, "\(table)") }
    }
  }

  @Test func aPoisonEventIsParkedAndTheOthersAreApplied() async throws {
    func uploaded(_ number: Int, bytes: String) -> Event {
      let id = DocumentID(.version5(of: "\(number)", in: TestKeys.contact.id.uuid))
      return Event(
        id: EventID(UUID()),
        type: DocumentUploaded.type,
        topic: .documents,
        key: StreamID(id),
        tenant: LogFixtures.tenant,
        time: Date(),
        source: "/tests",
        value: Array(
          #"""
          {"facts":{"document":"\#(id)","title":"t","media_type":"text/plain","language":"english",\#
          "bytes":\#(bytes),"blob":"b"}}
          """#.utf8
        )
      )
    }
    var events = (0..<100).map { uploaded($0, bytes: "1") }
    events[41] = uploaded(41, bytes: #""many""#)
    events[77] = Event(
      id: EventID(UUID()),
      type: DocumentUploaded.type,
      topic: .documents,
      key: StreamID("x"),
      tenant: LogFixtures.tenant,
      time: Date(),
      source: "/tests",
      value: Array("{".utf8)
    )
    let log = MemoryLog(layout: LogLayout(partitions: 1))
    _ = try await log.append(events)
    try await TestDatabase.with { database in
      try await run(runner(knowledge, log, database)) {
        try await self.rows("select count(*) from projection.version where state = 'live'", database) == 1
      }
      let documents = try await ReadModels(pool: database.pool).read("knowledge", tenant: LogFixtures.tenant)
      {
        try $0.execute("select count(*) from document")[0].int8(0)
      }
      #expect(documents == 98)
      let parked = try await database.pool.withConnection { connection in
        try connection.execute(#"select "offset", reason from projection.parked order by 1"#)
          .map { ($0.int8(0), $0.text(1)) }
      }
      #expect(parked.map(\.0) == [41, 77])
      // What it says may be a person's.
      #expect(parked.first?.1.hasSuffix("bigint: … (22P02)") == true, "\(parked)")
      #expect(parked.last?.1.contains("not JSON") == true)
    }
  }

  @Test func sqlThatNoEventIsToBlameForStopsTheRunner() async throws {
    let broken = try ProjectionDefinition(
      folder: "broken",
      yaml: """
        name: broken
        version: 1
        topics: [documents]
        types: [document.uploaded]
        private: false
        tables: [t]
        """,
      schema: "create table t (tenant uuid not null primary key)",
      apply: "insert into nowhere select 1",
      indexes: ""
    )
    let log = MemoryLog(layout: LogLayout(partitions: 1))
    _ = try await log.append([
      LogFixtures.event("k", type: "document.uploaded", topic: .documents)
    ])
    try await TestDatabase.with { database in
      let error = await #expect(throws: ProjectionError.self) {
        try await runner(broken, log, database).run()
      }
      #expect(error?.code == .brokenSQL)
      #expect(error?.message.contains("nowhere") == true)
    }
  }

  @Test func aStaleOwnerCannotWrite() async throws {
    try await TestDatabase.with { database in
      let harness = try await ProjectionHarness(knowledge, database)
      _ = try await Lease.seize(harness.build.schema, owner: UUID(), pool: database.pool)
      let event = LogFixtures.event("k", type: "document.uploaded", topic: .documents)
      let error = await #expect(throws: ProjectionError.self) {
        try await harness.apply(ProjectionHarness.records([event]), batchesOf: 1)
      }
      #expect(error?.code == .leaseLost)
      #expect(try await rows("select count(*) from projection.parked", database) == 0)
    }
  }

  /// Its owner stands still; the server's date was ahead when it took the lease.
  @Test func aLeaseUntilADateThatTheServerHadForAMomentRunsOutAsOthersDo() async throws {
    try await TestDatabase.with { database in
      let schema = try await ProjectionHarness(knowledge, database).build.schema
      let seized = try #require(try await Lease.seize(schema, owner: UUID(), pool: database.pool))
      func shift(by seconds: Double) async throws {
        try await database.pool.withConnection { connection in
          _ = try connection.execute(
            "update projection.lease set expires_at = expires_at + make_interval(secs => $2) where schema = $1",
            [.text(schema), .double(seconds)])
        }
      }
      try await shift(by: 3_600)
      // Its owner has the length of a lease to renew it.
      #expect(try await Lease.acquire(schema, owner: UUID(), pool: database.pool)?.epoch == nil)
      try await shift(by: -Lease.seconds - 1)
      #expect(try await Lease.acquire(schema, owner: UUID(), pool: database.pool)?.epoch == seized.epoch + 1)
    }
  }

  /// A rebuild may replace and drop a build while one of its batches is at work.
  @Test func aBuildThatIsDroppedAmidABatchIsNoFaultOfItsSQL() async throws {
    try await TestDatabase.with(connections: 4) { database in
      let harness = try await ProjectionHarness(knowledge, database)
      let event = LogFixtures.event("k", type: "document.uploaded", topic: .documents)
      let tables = harness.build.recorded.tables.map { "\(harness.build.schema).\($0)" }
      let (locked, isLocked) = AsyncStream.makeStream(of: Void.self)
      async let dropped: Void = database.pool.withTransaction { [schema = harness.build.schema] transaction in
        defer { isLocked.finish() }
        try transaction.execute("lock table \(tables.joined(separator: ", ")) in access exclusive mode")
        isLocked.finish()
        let waiters = """
          select exists (select from pg_locks where not granted and relation = any($1::text[]::regclass[])), \
          pg_sleep(0.01)
          """
        var looks = 0
        while looks < 6_000, try !transaction.execute(waiters, [.texts(tables)])[0].bool(0) { looks += 1 }
        try transaction.execute("select projection.drop_build($1)", [.text(schema)])
      }
      for await _ in locked {}
      let error = await #expect(throws: ProjectionError.self) {
        try await harness.apply(ProjectionHarness.records([event]), batchesOf: 1)
      }
      #expect(error?.code == .leaseLost)
      try await dropped
    }
  }

  @Test(arguments: [
    ("create table t (id int primary key)", "lacks the column"),
    ("create table t (tenant uuid not null)", "lacks a primary key"),
    ("create table t (tenant uuid not null primary key); create view v as select 1", "not a plain table"),
    ("create table u (tenant uuid not null primary key)", "makes the tables u"),
    ("create tabel", "syntax error"),
  ])
  func aSchemaThatBreaksARuleIsRefused(_ schema: String, _ message: String) async throws {
    let definition = try ProjectionDefinition(
      folder: "wrong",
      yaml: """
        name: wrong
        version: 1
        topics: [documents]
        types: [document.uploaded]
        private: false
        tables: [t]
        """,
      schema: schema,
      apply: "",
      indexes: ""
    )
    try await TestDatabase.with { database in
      let error = await #expect(throws: ProjectionError.self) {
        try await runner(definition, MemoryLog(layout: LogLayout(partitions: 1)), database).run()
      }
      #expect(error?.code == .malformedSchema)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }
}
