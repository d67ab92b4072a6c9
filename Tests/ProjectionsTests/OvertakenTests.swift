import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import TestKit
import Testing

@testable import Projections

/// Work that was begun before somebody else moved on: what it then meets is not what it looks like.
struct OvertakenTests {
  private func definition(apply: String) throws -> ProjectionDefinition {
    try ProjectionDefinition(
      folder: "seen",
      yaml: """
        name: seen
        version: 1
        topics: [conversations]
        types: [message.received]
        private: false
        tables: [seen]
        """,
      schema: "create table seen (tenant uuid not null, id uuid primary key);", apply: apply, indexes: "")
  }

  private func records(_ count: Int) throws -> [Record] {
    var random = LogRandom(seed: 11)
    let events = try EventHistory.make(exchanges: 20, &random).filter { $0.type == MessageReceived.type }
    return ProjectionHarness.records(Array(events.prefix(count)), partitions: 1)
  }

  private func rebuild(
    _ database: TestDatabase, _ log: MemoryLog = MemoryLog(layout: LogLayout(partitions: 1))
  ) -> Rebuild {
    Rebuild(
      log: log, pool: database.pool, keys: TestKeys.source,
      logger: Logger(label: "test"))
  }

  /// Waits until a statement that begins so waits for a lock.
  private func waits(_ statement: String, _ database: TestDatabase) async throws {
    try await eventually("'\(statement)' waits for a lock") {
      try await database.pool.withConnection { connection in
        try connection.execute(
          """
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and starts_with(query, $1)
          """, [.text(statement)]
        ).isEmpty ? nil : true
      }
    }
  }

  /// An owner that stands still within a transaction has its lease locked until the server ends that.
  @Test func theServerEndsTransactionsInWhichNothingIsAsked() async throws {
    let definition = try definition(
      apply: """
        insert into seen select tenant, event_id from batch
        where current_setting('idle_in_transaction_session_timeout') = '10s';
        """)
    try await TestDatabase.with(connections: 6) { database in
      let log = MemoryLog(layout: LogLayout(partitions: 1))
      _ = try await log.append(try records(1).map(\.event))
      _ = try await rebuild(database, log).run(definition)
      let seen = try await database.pool.withConnection {
        try $0.execute("select count(*) from seen_1_1.seen")[0].int8(0)
      }
      #expect(seen == 1)
    }
  }

  /// Its new owner may have applied the very event.
  @Test func aRefusedEventIsNotParkedByWhoLostTheLease() async throws {
    let definition = try definition(
      apply:
        "insert into seen select tenant, (pg_advisory_xact_lock_shared(7)::text || 'x')::uuid from batch;")
    try await TestDatabase.with(connections: 4) { database in
      let harness = try await ProjectionHarness(definition, database)
      let record = try records(1)
      let other = try PostgresConnection(url: database.url)
      try other.executeScript("select pg_advisory_lock(7)")
      let applying = Task { try await harness.apply(record, batchesOf: 1) }
      try await waits("select projection.apply_planned", database)
      _ = try await Lease.seize(harness.build.schema, owner: UUID(), pool: database.pool)
      try other.executeScript("select pg_advisory_unlock(7)")
      await #expect { try await applying.value } throws: { ($0 as? ProjectionError)?.code == .leaseLost }
      let parked = try await database.pool.withConnection {
        try $0.execute("select count(*) from projection.parked")[0].int8(0)
      }
      #expect(parked == 0)
    }
  }

  @Test func ofTwoRebuildsThatClearOneFindsThatAllIsGone() async throws {
    let definition = try definition(apply: "insert into seen select tenant, event_id from batch;")
    try await TestDatabase.with(connections: 6) { database in
      _ = try await rebuild(database).run(definition)
      _ = try await rebuild(database).run(definition)
      let other = try PostgresConnection(url: database.url)
      try other.executeScript("begin; select projection.drop_build('seen_1_1')")
      let clearing = Task { try await rebuild(database).clear(definition) }
      try await waits("select projection.drop_build", database)
      try other.executeScript("commit")
      try await clearing.value
      let left = try await database.pool.withConnection { connection in
        try connection.execute("select schema from projection.version").map { $0.text(0) }
      }
      #expect(left == ["seen_1_2"])
    }
  }

  /// A build that is cleared away while it is being made is lost, and its SQL is not to blame.
  @Test func whoMovesOnABuildThatIsClearedLosesItsLease() async throws {
    let first = try definition(apply: "insert into seen select tenant, event_id from batch;")
    let changed = try definition(apply: "insert into seen select tenant, event_id from batch where true;")
    try await TestDatabase.with(connections: 6) { database in
      let harness = try await ProjectionHarness(first, database)
      let records = try records(2)
      try await harness.apply([records[0]], batchesOf: 1)
      let other = try PostgresConnection(url: database.url)
      try other.executeScript("begin; select from \(harness.build.schema).seen")
      let clearing = Task { try await rebuild(database).clear(changed) }
      try await waits("select projection.drop_build", database)
      let epoch = try await database.pool.withConnection {
        try $0.execute("select epoch from projection.lease")[0].int8(0)
      }
      #expect(epoch == 2, "the tables go while it still holds the lease")
      try other.executeScript("commit")
      try await clearing.value
      await #expect { try await harness.apply([records[1]], batchesOf: 1) } throws: {
        ($0 as? ProjectionError)?.code == .leaseLost
      }
    }
  }

  @Test func anErasurePassesOverABuildThatIsDroppedMeanwhile() async throws {
    let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations"))
    try await TestDatabase.with(connections: 6) { database in
      let first = try await rebuild(database).run(definition).schema
      let second = try await rebuild(database).run(definition).schema
      let other = try PostgresConnection(url: database.url)
      try other.executeScript("begin; select projection.drop_build('\(first)')")
      let contact = ContactID(UUID())
      let erasing = Task {
        try await ProjectionEraser(pool: database.pool).erase([
          .init(contact: contact, conversation: ConversationID(UUID()))
        ])
      }
      // For the tables of the first.
      try await waits("", database)
      try other.executeScript("commit")
      #expect(try await erasing.value.sorted() == definition.tables.map { "\(second).\($0)" }.sorted())
    }
  }
}
