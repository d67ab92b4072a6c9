import Channels
import Contracts
import Foundation
import Keyring
import Logging
import Pipeline
import Postgres
import TestKit
import Testing

@Suite struct OlderInboundTests {
  @Test func erasureReachesWhatWasNormalizedBeforeConcernsWereNoted() async throws {
    let channel = ScriptedChannel()
    let (ada, bob) = (InboundOrigin.of("ada"), InboundOrigin.of("bob"))
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      try await channel.report(.text("m1", "Hello", from: ada), to: tenant)
      // A repetition of which nothing came.
      try await channel.report(.text("m1", "Hello", from: ada), to: tenant)
      try await channel.report(.text("m2", "And I?", from: bob), to: tenant)
      let records = try await tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      try await eventually("all concerns are noted") {
        try await concerns(tenant).values.reduce(0) { $0 + $1.count } == 3 ? true : nil
      }
      let noted = try await concerns(tenant)
      // As an earlier release left it; and Bob was erased by it.
      let gone = try MessageReceived.read(
        #require(records.filter { $0.event.type == MessageReceived.type }.last).event
      ).facts.contact
      try await tenant.database.pool.withConnection { connection in
        try connection.executeScript("delete from keyring.concern; delete from keyring.concerns_noted")
        _ = try connection.execute("delete from stage.contact where contact = $1", [.uuid(gone.uuid)])
        _ = try connection.execute("delete from keyring.key where id = $1", [.uuid(gone.uuid)])
      }
      let older = OlderInbound(
        Normalize(channels: journey.channels), log: tenant.log, pool: tenant.database.pool,
        // With nothing in memory.
        keyring: Keyring(
          master: try MasterKey(hexadecimal: String(repeating: "5a", count: 32), from: "test")),
        directory: tenant.directory, logger: Logger(label: "test"))
      #expect(try await older.noteOnce() == 3)
      #expect(try await older.noteOnce() == 0)
      #expect(try await concerns(tenant) == noted.filter { $0.key != gone })
      let left = try await tenant.database.pool.withConnection {
        Set(try $0.execute("select id from keyring.inbound_key").map { $0.uuid(0) })
      }
      #expect(left == Set(noted.filter { $0.key != gone }.values.flatMap { $0 }))
    }
  }

  private func concerns(_ tenant: TestTenant) async throws -> [ContactID: Set<UUID>] {
    try await tenant.database.pool.withConnection { connection in
      try connection.execute("select contact, key from keyring.concern").reduce(into: [:]) { all, row in
        all[ContactID(row.uuid(0)), default: []].insert(row.uuid(1))
      }
    }
  }
}
