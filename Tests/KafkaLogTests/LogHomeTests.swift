import EventLog
import Postgres
import PostgresLog
import TestKit
import Testing

@testable import KafkaLog

/// On which of its two logs an installation is.
struct LogHomeTests {
  private func with(_ body: @Sendable (KafkaFixture) async throws -> Void) async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 3))
    try await KafkaFixture.with(cluster.url(), partitions: 3, isRelaying: false, body)
  }

  @Test func anInstallationIsOnOneLogAlone() async throws {
    try await with { fixture in
      // Nothing lies in the embedded log yet.
      let greeted = PostgresPool(
        url: fixture.database.url, connections: 1, name: "greeted", greeting: LogHome.embeddedGreeting)
      defer { greeted.shutdown() }
      try await greeted.withConnection { _ = try $0.execute("select 1") }
      _ = try await fixture.outbox.append([LogFixtures.event("stream")])
      await #expect(throws: EventLogError.self) { try await LogHome.settleOnKafka(fixture.database.pool) }
      try await fixture.database.pool.withConnection { try $0.executeScript("delete from log.record") }
      try await LogHome.settleOnKafka(fixture.database.pool)
      try await LogHome.settleOnKafka(fixture.database.pool)
      let late = PostgresPool(
        url: fixture.database.url, connections: 1, name: "late", greeting: LogHome.embeddedGreeting)
      defer { late.shutdown() }
      await #expect { try await late.withConnection { _ = try $0.execute("select 1") } } throws: {
        ($0 as? PostgresError)?.sqlState == LogHome.movedState && "\($0)".contains("AIGENTABLE_LOG")
      }
    }
  }

  @Test func whoTookTheEmbeddedLogForTheLogIsGoneOnceItIsElsewhere() async throws {
    try await with { fixture in
      _ = try await fixture.outbox.append([LogFixtures.event("stream")])
      let engine = PostgresPool(
        url: fixture.database.url, connections: 1, name: "aigentable-engine",
        greeting: LogHome.embeddedGreeting)
      defer { engine.shutdown() }
      try await engine.withConnection { _ = try $0.execute("select 1") }
      // As a cut-over that is killed right behind this.
      try await fixture.database.pool.withConnection { connection in
        _ = try connection.execute(
          #"select kafka.move(array_agg(topic), array_agg(partition), array_agg("offset")) from kafka.ends()"#
        )
      }
      var states: [String?] = []
      for _ in 0..<2 {
        do {
          try await engine.withConnection { _ = try $0.execute("select 1") }
          states.append("00000")
        } catch let error as PostgresError { states.append(error.sqlState) }
      }
      #expect(!states.contains("00000") && states.last == LogHome.movedState, "\(states)")
    }
  }

  @Test func aMoveThatMeetsADumpChangesNothingAndSaysSo() async throws {
    try await with { fixture in
      let dump = try PostgresConnection(url: fixture.database.url)
      try dump.executeScript("begin; lock table kafka.home in access share mode")
      await #expect {
        try await fixture.database.pool.withConnection { connection in
          _ = try connection.execute(
            #"select kafka.move(array_agg(topic), array_agg(partition), array_agg("offset")) from kafka.ends()"#
          )
        }
      } throws: {
        "\($0)".contains("as a dump does; nothing was changed")
      }
      #expect(
        try await fixture.database.pool.withConnection { try $0.execute("select from kafka.home").isEmpty })
      try dump.executeScript("rollback")
    }
  }
}
