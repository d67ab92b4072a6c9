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
      let tenants = Set(events.map(\.tenant))
      for tenant in tenants {
        let seen = try await models.read("conversations", tenant: tenant) { transaction in
          try transaction.execute("select distinct tenant from message").map { TenantID($0.uuid(0)) }
        }
        #expect(seen == [tenant])
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

  @Test func aProjectionWithoutALiveBuildIsAnError() async throws {
    try await TestDatabase.with { database in
      let error = await #expect(throws: ProjectionError.self) {
        try await ReadModels(pool: database.pool).read("conversations", tenant: TenantID(UUID())) { _ in }
      }
      #expect(error?.code == .notLive)
    }
  }
}
