import Contracts
import EventLog
import Foundation
import Keyring
import Logging
import Postgres
import PostgresLog
import Privacy
import TestKit
import Testing

/// What a database knows that was restored from a backup of before an erasure.
struct RestoreTests {
  @Test func anErasureThatTheBackupDoesNotKnowIsDoneAgain() async throws {
    try await Fixture.with { fixture in
      let (gone, kept) = (try await fixture.makeContact(), try await fixture.makeContact())
      try await fixture.fill([gone, kept])
      await fixture.tenant.log.close()
      // One goes on, the other is the backup of before; the journal lies outside of both.
      try await fixture.tenant.database.withCopies(2) { copies in
        let original = try await fixture.reopened(copies[0])
        _ = try await original.erase(gone)
        await original.tenant.log.close()

        let restored = try await fixture.reopened(copies[1])
        #expect(try await restored.keys(gone, Keyring(master: Fixture.master)).count == 1)
        #expect(try await restored.replay() == 1)
        #expect(try await restored.keys(gone, Keyring(master: Fixture.master)).isEmpty)
        #expect(try await restored.keys(kept, Keyring(master: Fixture.master)).count == 1)
        #expect(try await restored.events().count == 1)
        #expect(try await restored.replay() == 0)
        let eraser = restored.eraser()
        try await eventually("the rows that came back are gone") {
          try await eraser.work()
          return try await restored.traces(of: gone) == 0 ? true : nil
        }
        #expect(try await restored.traces(of: kept) > 0)
        await restored.tenant.log.close()
      }
    }
  }

  @Test func aKeyThatComesBackWithAnOldKeyringIsDestroyedAgain() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let pool = fixture.tenant.database.pool
      try await pool.withConnection {
        try $0.executeScript("create table backup as select * from keyring.key")
      }
      _ = try await fixture.erase(contact)
      try await pool.withConnection {
        try $0.executeScript("insert into keyring.key select * from backup on conflict do nothing")
      }
      #expect(try await fixture.keys(contact, Keyring(master: Fixture.master)).count == 1)
      #expect(try await fixture.replay() == 1)
      #expect(try await fixture.keys(contact, Keyring(master: Fixture.master)).isEmpty)
      #expect(try await fixture.events().count == 1)
    }
  }

  @Test func anErasureThatOnlyTheLogKnowsIsDoneAgain() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let tenant = fixture.tenant.tenant
      let id = ContactErased.id(of: contact, tenant: tenant)
      // As on Kafka, where the log is not restored with the database.
      _ = try await fixture.tenant.log.append([
        Event(
          id: id, type: ContactErased.type, topic: .tenants, key: StreamID(tenant), tenant: tenant,
          time: Date(),
          source: "/api", value: try ContactErased.value(.init(contact: contact, reason: "requested")))
      ])
      #expect(try await fixture.replay() == 1)
      #expect(try await fixture.keys(contact, Keyring(master: Fixture.master)).isEmpty)
      #expect(try await fixture.events().map(\.id) == [id])
      #expect(try await fixture.replay() == 0)
    }
  }

  /// The engine and commands may be started at the same moment, on as many connections.
  @Test func manyProcessesMayDoItAtOnce() async throws {
    try await Fixture.with { fixture in
      let tenant = fixture.tenant.tenant
      for _ in 0..<3 {
        let contact = try await fixture.makeContact()
        _ = try await fixture.tenant.log.append([
          Event(
            id: ContactErased.id(of: contact, tenant: tenant), type: ContactErased.type, topic: .tenants,
            key: StreamID(tenant), tenant: tenant, time: Date(), source: "/api",
            value: try ContactErased.value(.init(contact: contact, reason: "requested")))
        ])
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<6 { group.addTask { try await fixture.replay() } }
          for try await _ in group {}
        }
        #expect(try await fixture.keys(contact, Keyring(master: Fixture.master)).isEmpty)
      }
      #expect(try await fixture.events().count == 3)
      #expect(try await fixture.replay() == 0)
    }
  }
}
