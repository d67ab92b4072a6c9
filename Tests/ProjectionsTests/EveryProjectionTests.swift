import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import Synchronization
import TestKit
import Testing

@testable import Projections

/// What has to hold of each projection that there is, whatever its SQL.
struct EveryProjectionTests {
  private final class Reads: Sendable {
    let mayStop = Atomic(false)
    let count = Atomic(0)
  }

  private func definition(_ name: String) throws -> ProjectionDefinition {
    try ProjectionDefinition.load(TestDatabase.home.folder("projections/\(name)"))
  }

  private static let logger = Logger(label: "test")

  /// Live writes, a runner that follows them, and rebuilds whose connections are ended, as those of a killed process are,
  /// before anything can be tidied up.
  @Test(arguments: try ProjectionDefinition.loadAll(TestDatabase.home.folder("projections")).map(\.name))
  func aRebuildThatIsKilledTwentyTimesComesOutAsWhatIsLive(_ name: String) async throws {
    let definition = try definition(name)
    let seed = LogRandom.seed(for: "aRebuildThatIsKilledTwentyTimes \(name)")
    var random = LogRandom(seed: seed)
    let events = try EventHistory.make(exchanges: 100, &random)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    _ = try await log.append(Array(events.prefix(events.count / 2)))
    var rest = events.dropFirst(events.count / 2)
    try await TestDatabase.with(connections: 6) { database in
      _ = try await rebuild(log, database.pool).run(definition)
      let runner = ProjectionRunner(
        definition, log: log, pool: database.pool, keys: TestKeys.source, logger: Self.logger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await runner.run() }
        var kills = 0
        // One that comes to its end before it is killed is no kill.
        for number in 0..<60 where kills < 20 {
          let pause = Duration.milliseconds(Int.random(in: 1...30, using: &random))
          if try await isKilled(number, after: pause, definition, log, database) { kills += 1 }
          _ = try await log.append(Array(rest.prefix(20)))
          rest = rest.dropFirst(20)
        }
        #expect(kills == 20, "seed \(seed)")
        _ = try await log.append(Array(rest))
        let report = try await rebuild(log, database.pool).run(definition, .init(batchSize: 70))
        #expect(report.tables.map(\.table).sorted() == definition.tables.sorted())
        for table in report.tables { #expect(table.differences == 0, "\(table), seed \(seed)") }
        #expect(report.tables.contains { $0.liveRows > 0 })
        group.cancelAll()
      }
    }
  }

  /// Whether a rebuild was still under way when it was killed.
  private func isKilled(
    _ number: Int, after pause: Duration, _ definition: ProjectionDefinition, _ log: MemoryLog,
    _ database: TestDatabase
  ) async throws -> Bool {
    let pool = PostgresPool(url: database.url, connections: 3, name: "killed\(number)", prefersIndexes: true)
    let task = Task { try await rebuild(log, pool).run(definition, .init(batchSize: 11)) }
    try await ContinuousClock().sleep(for: pause)
    pool.shutdown()
    try await database.pool.withConnection { connection in
      _ = try connection.execute(
        """
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = current_database() and starts_with(application_name, $1)
        """, [.text("killed\(number)-")])
    }
    task.cancel()
    let isKilled: Bool
    if case .failure = await task.result { isKilled = true } else { isKilled = false }
    // Nobody renews what it held; to wait until that has run out would only take time.
    try await database.pool.withConnection { connection in
      _ = try connection.execute("update projection.lease set expires_at = '-infinity'")
    }
    return isKilled
  }

  /// All rows of all tables, seen in one read, are those of one build: whatever is live, it says the same.
  @Test(arguments: try ProjectionDefinition.loadAll(TestDatabase.home.folder("projections")).map(\.name))
  func readersSeeTheSameRowsHoweverOftenItIsRebuilt(_ name: String) async throws {
    let definition = try definition(name)
    var random = LogRandom(seed: LogRandom.seed(for: "readersSeeTheSameRows \(name)"))
    let events = try EventHistory.make(exchanges: 80, &random)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    _ = try await log.append(events)
    let mine = events.filter { definition.types.contains($0.type) }
    let tenant = try #require(
      Dictionary(grouping: mine, by: \.tenant).max { $0.value.count < $1.value.count }?.key)
    try await TestDatabase.with(connections: 6) { database in
      _ = try await rebuild(log, database.pool).run(definition)
      let models = ReadModels(pool: database.pool)
      let statements = definition.tables.map {
        PostgresStatement(
          "select count(*)::text, md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) from \($0) as t"
        )
      }
      @Sendable func read() async throws -> [[String]] {
        try await models.read(name, tenant: tenant, statements) { tables in
          tables.map { [$0[0].text(0), $0[0].text(1)] }
        }
      }
      let expected = try await read()
      #expect(expected.contains { $0[0] != "0" })
      let reads = Reads()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            repeat {
              let seen = try await read()
              #expect(seen == expected)
              reads.count.add(1, ordering: .relaxed)
            } while !reads.mayStop.load(ordering: .relaxed)
          }
        }
        for _ in 0..<2 { _ = try await rebuild(log, database.pool).run(definition, .init(batchSize: 100)) }
        reads.mayStop.store(true, ordering: .relaxed)
        try await group.waitForAll()
      }
      #expect(reads.count.load(ordering: .relaxed) >= 2)
    }
  }

  private func rebuild(_ log: any EventLog, _ pool: PostgresPool) -> Rebuild {
    Rebuild(log: log, pool: pool, keys: TestKeys.source, logger: Self.logger)
  }
}
