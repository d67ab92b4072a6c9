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
    private let state = Mutex((rebuild: 0, count: 0))

    /// The rebuild that goes on, or the last one.
    var rebuild: Int { state.withLock { $0.rebuild } }

    /// The next rebuild begins.
    func begin() { state.withLock { $0 = ($0.rebuild + 1, 0) } }

    /// How many were begun and ended since the rebuild that goes on has begun.
    var count: Int { state.withLock { $0.count } }

    func note(begunIn rebuild: Int) {
      state.withLock { if $0.rebuild == rebuild { $0.count += 1 } }
    }
  }

  /// On one database, one after the other: to make one for each would take most of the time.
  private func each(
    _ body: (ProjectionDefinition, TestDatabase) async throws -> Void
  ) async throws {
    let all = try ProjectionDefinition.loadAll(TestDatabase.home.folder("projections"))
    #expect(all.count >= 6)
    try await TestDatabase.with(connections: 6) { database in
      for definition in all { try await body(definition, database) }
    }
  }

  private static let logger = Logger(label: "test")

  /// A runner, and rebuilds whose connections are ended, as those of a killed process are, before anything can be tidied
  /// up. Events are written while each of them builds.
  @Test func aRebuildThatIsKilledTwentyTimesComesOutAsWhatIsLive() async throws {
    try await each { try await rebuildAmongKills($0, $1) }
  }

  private func rebuildAmongKills(
    _ definition: ProjectionDefinition, _ database: TestDatabase
  ) async throws {
    let seed = LogRandom.seed(for: "aRebuildThatIsKilledTwentyTimes \(definition.name)")
    var random = LogRandom(seed: seed)
    let events = try EventHistory.make(exchanges: 100, &random)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    _ = try await log.append(Array(events.prefix(events.count / 2)))
    var rest = events.dropFirst(events.count / 2)
    _ = try await rebuild(log, database.pool).run(definition)
    let runner = ProjectionRunner(
      definition, log: log, pool: database.pool, keys: TestKeys.source, logger: Self.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await runner.run() }
      var kills = 0
      // One that comes to its end before it is killed is no kill: the next are given less time.
      var longest = 30_000
      let share = rest.count / 20
      for number in 0..<100 where kills < 20 {
        let pause = Duration.microseconds(Int.random(in: 1...longest, using: &random))
        let isKilled = try await isKilled(number, definition, log, database) {
          try await write(share, of: &rest, to: log, within: pause)
        }
        if isKilled { kills += 1 } else { longest = max(1, longest / 2) }
      }
      #expect(kills == 20, "seed \(seed)")
      _ = try await log.append(Array(rest))
      let report = try await rebuild(log, database.pool).run(definition, .init(batchSize: 70))
      #expect(report.tables.map(\.table).sorted() == definition.tables.sorted())
      for table in report.tables { #expect(table.differences == 0, "\(table), seed \(seed)") }
      #expect(report.tables.contains { $0.liveRows > 0 })
      group.cancelAll()
    }
    try await expectFold(of: events, definition, database)
  }

  /// What is live now is byte for byte what the same log gives in one go.
  private func expectFold(
    of events: [Event], _ definition: ProjectionDefinition, _ database: TestDatabase
  ) async throws {
    let live = try await database.pool.withConnection { try ProjectionBuild.live(definition.name, on: $0) }
    let harness = try await ProjectionHarness(definition, database)
    let records = ProjectionHarness.records(events, partitions: 3)
    try await harness.apply(
      records.filter { definition.types.contains($0.event.type) }, batchesOf: 5_000)
    #expect(try await harness.digest() == harness.digest(of: try #require(live)), "\(definition.name)")
  }

  /// Appends so many of them one by one, over this time, which is the load; those that do not come to it are left.
  private func write(
    _ count: Int, of rest: inout ArraySlice<Event>, to log: MemoryLog, within time: Duration
  ) async throws {
    let clock = ContinuousClock()
    let end = clock.now + time
    for event in rest.prefix(count) {
      _ = try await log.append([event])
      rest.removeFirst()
      guard clock.now < end else { return }
      try await clock.sleep(for: time / count)
    }
    try await clock.sleep(until: end)
  }

  /// Whether a rebuild was still under way when it was killed, after what is done meanwhile.
  private func isKilled(
    _ number: Int, _ definition: ProjectionDefinition, _ log: MemoryLog, _ database: TestDatabase,
    after meanwhile: () async throws -> Void
  ) async throws -> Bool {
    let pool = PostgresPool(url: database.url, connections: 3, name: "killed\(number)", prefersIndexes: true)
    let task = Task { try await rebuild(log, pool).run(definition, .init(batchSize: 11)) }
    let result: Result<Void, any Error>
    do { result = .success(try await meanwhile()) } catch { result = .failure(error) }
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
    try result.get()
    return isKilled
  }

  /// All rows of all tables, seen in one read, are those of one build: whatever is live, it says the same.
  @Test func readersSeeTheSameRowsHoweverOftenItIsRebuilt() async throws {
    try await each { try await readAmongRebuilds($0, $1) }
  }

  private func readAmongRebuilds(
    _ definition: ProjectionDefinition, _ database: TestDatabase
  ) async throws {
    var random = LogRandom(seed: LogRandom.seed(for: "readersSeeTheSameRows \(definition.name)"))
    let events = try EventHistory.make(exchanges: 80, &random)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    _ = try await log.append(events)
    let mine = events.filter { definition.types.contains($0.type) }
    let tenant = try #require(
      Dictionary(grouping: mine, by: \.tenant).max { $0.value.count < $1.value.count }?.key)
    _ = try await rebuild(log, database.pool).run(definition)
    let models = ReadModels(pool: database.pool)
    let statements = definition.tables.map {
      PostgresStatement(
        "select count(*)::text, md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) from \($0) as t"
      )
    }
    @Sendable func read() async throws -> [[String]] {
      try await models.read(definition.name, tenant: tenant, statements) { tables in
        tables.map { [$0[0].text(0), $0[0].text(1)] }
      }
    }
    let expected = try await read()
    #expect(expected.contains { $0[0] != "0" })
    let reads = Reads()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while !reads.mayStop.load(ordering: .relaxed) {
          let rebuild = reads.rebuild
          let seen = try await read()
          #expect(seen == expected, "\(definition.name)")
          reads.note(begunIn: rebuild)
        }
      }
      for _ in 0..<2 {
        // One of so little may be over before a read is: then it comes once more.
        for attempt in 0..<20 where attempt == 0 || reads.count == 0 {
          reads.begin()
          _ = try await rebuild(log, database.pool).run(definition, .init(batchSize: 100))
        }
        // Somebody looked while it was built.
        #expect(reads.count > 0, "\(definition.name)")
      }
      reads.mayStop.store(true, ordering: .relaxed)
      try await group.waitForAll()
    }
  }

  private func rebuild(_ log: any EventLog, _ pool: PostgresPool) -> Rebuild {
    Rebuild(log: log, pool: pool, keys: TestKeys.source, logger: Self.logger)
  }
}
