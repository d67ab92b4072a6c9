import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import TestKit
import Testing

@testable import Projections

struct ReadModelsTests {
  private let conversations: ProjectionDefinition
  init() throws {
    conversations = try ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations"))
  }

  @Test func aReaderSeesOneTenantAndCannotWrite() async throws {
    var random = LogRandom(seed: 1)
    let events = try EventHistory.make(exchanges: 60, &random)
    try await TestDatabase.with { database in
      let log = MemoryLog(layout: LogLayout(partitions: 2))
      _ = try await log.append(events)
      let rebuild = Rebuild(
        log: log,
        pool: database.pool,
        keys: TestKeys.source,
        logger: Logger(label: "test")
      )
      _ = try await rebuild.run(conversations)
      let models = ReadModels(pool: database.pool)
      let tenants = Set(events.lazy.filter { $0.type == MessageReceived.type }.map(\.tenant))
      for tenant in tenants {
        let seen = try await models.read("conversations", tenant: tenant) { transaction in
          try transaction.execute("select distinct tenant from message").map { TenantID($0.uuid(0)) }
        }
        #expect(seen == [tenant])
        let together = try await models.read(
          "conversations", tenant: tenant,
          [
            PostgresStatement("select distinct tenant from message"),
            PostgresStatement("select distinct tenant from conversation"),
          ]
        ) { rows in rows.map { $0.map { TenantID($0.uuid(0)) } } }
        #expect(together == [[tenant], [tenant]])
      }
      let refused = await #expect(throws: PostgresError.self) {
        try await models.read("conversations", tenant: tenants.first ?? TenantID(UUID())) { transaction in
          _ = try transaction.execute("delete from message")
        }
      }
      #expect(refused?.sqlState == "42501")
      // The role and the tenant end with the transaction.
      let user = try await database.pool.withConnection { connection in
        try connection.execute("select current_user::text, session_user::text")[0].text(0)
      }
      #expect(user != "aigentable_reader")
    }
  }

  @Test func aBatchLeavesNothingOnItsConnectionWhateverBecomesOfIt() async throws {
    var random = LogRandom(seed: 2)
    let events = try EventHistory.make(exchanges: 20, &random)
    let tenant = try #require(events.first?.tenant)
    try await TestDatabase.with { database in
      let log = MemoryLog(layout: LogLayout(partitions: 2))
      _ = try await log.append(events)
      _ = try await Rebuild(
        log: log, pool: database.pool, keys: TestKeys.source, logger: Logger(label: "test")
      ).run(conversations)
      let pool = PostgresPool(url: database.pool.url, connections: 1)
      defer { pool.shutdown() }
      let models = ReadModels(pool: pool)
      let count = PostgresStatement("select count(*) from message")
      for refused in ["delete from message", "select from nothing", "select 1 / 0"] {
        let error = await #expect(throws: PostgresError.self) {
          try await models.read(
            "conversations", tenant: tenant, [count, PostgresStatement(refused), count]
          ) { _ in }
        }
        #expect(error?.sqlState != nil, "\(refused)")
        let left = try await pool.withConnection { connection in
          let row = try connection.execute(
            """
            select
              current_user = session_user, coalesce(current_setting('aigentable.tenant', true), ''),
              current_setting('plan_cache_mode')
            """)[0]
          return [row.bool(0) ? "itself" : "another", row.text(1), row.text(2)]
        }
        #expect(left == ["itself", "", "auto"])
        let messages = try await models.read("conversations", tenant: tenant, [count, count]) { rows in
          rows.map { $0[0].int8(0) }
        }
        #expect(messages[0] > 0 && messages[0] == messages[1])
      }
    }
  }

  @Test func aProjectionWithoutALiveBuildIsAnError() async throws {
    try await TestDatabase.with { database in
      let error = await #expect(throws: ProjectionError.self) {
        try await ReadModels(pool: database.pool).read("conversations", tenant: TenantID(UUID())) { _ in }
      }
      #expect(error?.code == .notLive)
      let together = await #expect(throws: ProjectionError.self) {
        try await ReadModels(pool: database.pool).read(
          "conversations", tenant: TenantID(UUID()), [PostgresStatement("select from conversation")]
        ) { _ in }
      }
      #expect(together?.code == .notLive)
    }
  }
}
