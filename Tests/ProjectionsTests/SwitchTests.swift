import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import Synchronization
import TestKit
import Testing

@testable import Projections

/// Readers while the pointer moves from one version to the next.
struct SwitchTests {
  private final class Readers: Sendable {
    /// The versions that were seen.
    let seen = Mutex<Set<Int64>>([])
    let mayStop = Atomic(false)
  }

  /// Counts each message as many times as the version says, in two tables.
  private func definition(version: Int) throws -> ProjectionDefinition {
    try ProjectionDefinition(
      folder: "tally",
      yaml: """
        name: tally
        version: \(version)
        topics: [conversations]
        types: [message.received]
        private: false
        bounds: [tenant]
        tables: [left_side, right_side]
        """,
      schema: """
        create table left_side (tenant uuid primary key, count bigint not null);
        create table right_side (tenant uuid primary key, count bigint not null);
        """,
      apply: """
        insert into left_side as t (tenant, count)
        select tenant, \(version) * count(*) from batch group by 1
        on conflict (tenant) do update set count = t.count + excluded.count;
        insert into right_side as t (tenant, count)
        select tenant, \(version) * count(*) from batch group by 1
        on conflict (tenant) do update set count = t.count + excluded.count;
        """, indexes: "")
  }

  @Test func aReaderNeverSeesAnEmptyOrMixedTableWhileVersionsAreSwitched() async throws {
    var random = LogRandom(seed: 31)
    let events = try EventHistory.make(exchanges: 200, &random)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    _ = try await log.append(events)
    let tenant = try #require(events.first { $0.type == MessageReceived.type }?.tenant)
    let messages = Int64(events.count { $0.type == MessageReceived.type && $0.tenant == tenant })
    try await TestDatabase.with(connections: 6) { database in
      let rebuild = Rebuild(
        log: log, pool: database.pool, keys: TestKeys.source, logger: Logger(label: "test"))
      _ = try await rebuild.run(definition(version: 1))
      let readers = Readers()
      let models = ReadModels(pool: database.pool)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          group.addTask {
            repeat {
              let counts = try await models.read(
                "tally", tenant: tenant,
                [
                  PostgresStatement("select count from left_side"),
                  PostgresStatement("select count from right_side"),
                ]
              ) { rows in rows.map { $0.map { $0.int8(0) } } }
              #expect(counts[0] == counts[1] && counts[0].count == 1)
              let count = try #require(counts[0].first)
              #expect(count % messages == 0, "\(count) of \(messages)")
              readers.seen.withLock { _ = $0.insert(count / messages) }
            } while !readers.mayStop.load(ordering: .relaxed)
          }
        }
        for version in 2...6 { _ = try await rebuild.run(definition(version: version), .init(batchSize: 50)) }
        readers.mayStop.store(true, ordering: .relaxed)
        try await group.waitForAll()
      }
      #expect(readers.seen.withLock { $0.isSubset(of: Set(1...6)) && $0.count > 1 && $0.contains(6) })
    }
  }
}
