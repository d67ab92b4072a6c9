import Contracts
import EventLog
import Foundation
import JSON
import Pipeline
import Postgres
import PostgresLog
import TestKit

/// Workers that share the call stage, each with an owner and a pool of its own, as processes have.
actor Team {
  struct Worker {
    let number: Int
    let owner: StageOwner
    let pool: PostgresPool
    let task: Task<Void, any Error>
  }

  nonisolated let calls = Calls()
  nonisolated let tenant: TestTenant
  nonisolated let stage: CallStage
  private let patience: Duration
  private let duration: @Sendable () -> Duration
  private(set) var workers: [Worker] = []
  private var joined = 0
  private var appended: [String: Int] = [:]
  /// How many events were appended.
  private var size: Int { appended.values.reduce(0, +) }

  private init(
    _ tenant: TestTenant, stage: CallStage, patience: Duration, duration: @escaping @Sendable () -> Duration
  ) {
    self.tenant = tenant
    self.stage = stage
    self.patience = patience
    self.duration = duration
  }

  static func with(
    partitions: Int, stage: CallStage = CallStage(), patience: Duration = .seconds(10),
    duration: @escaping @Sendable () -> Duration = { .milliseconds(Int.random(in: 0...20)) },
    _ body: (Team) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database, partitions: partitions)
      let team = Team(tenant, stage: stage, patience: patience, duration: duration)
      let result: Result<Void, any Error>
      do { result = .success(try await body(team)) } catch { result = .failure(error) }
      while await team.workers.count > 0 { await team.leave() }
      await tenant.log.close()
      try result.get()
    }
  }

  @discardableResult
  func join() -> Worker {
    joined += 1
    let pool = PostgresPool(url: tenant.database.url, connections: 3)
    let owner = StageOwner(url: tenant.database.url)
    let runner = StageRunner(
      stage, performer: Caller(worker: joined, calls: calls, duration: duration),
      environment: tenant.environment(pool: pool, owner: owner), patience: patience)
    let worker = Worker(
      number: joined, owner: owner, pool: pool, task: Task { try await runner.run() })
    workers.append(worker)
    return worker
  }

  /// The worker at `index` stops gracefully.
  func leave(_ index: Int = 0) async {
    let worker = workers.remove(at: index)
    worker.task.cancel()
    _ = await worker.task.result
    worker.owner.close()
    worker.pool.shutdown()
  }

  /// Ends one of the sessions that stand for owners.
  func cutSession() async throws {
    try await tenant.database.pool.withConnection {
      _ = try $0.execute(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'aigentable-owner%'
        order by pid limit 1
        """)
    }
  }

  /// Appends events to these keys, each numbered within its key.
  func append(_ keys: [String]) async throws {
    let events = keys.map { key in
      let number = appended[key, default: 0]
      appended[key] = number + 1
      return LogFixtures.event(key, value: Array(#"{"facts":{"number":\#(number)}}"#.utf8))
    }
    _ = try await tenant.log.append(events)
  }

  nonisolated func states() async throws -> [String: CallStage.State] {
    let rows = try await tenant.database.pool.withConnection {
      try $0.execute("select key, value from stage.state where stage = 'call'").map {
        ($0.text(0), $0.bytes(1))
      }
    }
    return try Dictionary(
      uniqueKeysWithValues: rows.map { ($0, try JSON.decode(CallStage.State.self, from: $1)) })
  }

  /// Waits until all but `rest` of what was appended is finished.
  nonisolated func finish(but rest: Int = 0) async throws {
    let all = await size
    try await eventually("all but \(rest) of \(all) are finished") {
      let finished = try await states().values.reduce(0) { $0 + $1.done.count + $1.lost.count }
      return finished >= all - rest ? true : nil
    }
  }

  /// How many partitions each owner holds, in falling order.
  nonisolated func holdings() async throws -> [Int] {
    try await tenant.database.pool.withConnection {
      try $0.execute(
        "select count(*)::int4 from stage.lease where owner is not null group by owner order by 1 desc"
      ).map { Int($0.int4(0)) }
    }
  }

  nonisolated func waitFor(holdings expected: [Int]) async throws {
    try await eventually("partitions are held as \(expected)") {
      try await holdings() == expected ? true : nil
    }
  }

  /// What each key should have come to.
  func expectedStates() -> [String: CallStage.State] {
    appended.mapValues { CallStage.State(done: Array(0..<$0)) }
  }
}
