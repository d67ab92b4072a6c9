import Contracts
import Crypto
import Foundation
import Keyring
import Postgres
import PostgresLog
import Privacy
import Synchronization
import TestKit
import Testing

struct KeyringTests {
  private static let other = MasterKey(SymmetricKey(data: [UInt8](repeating: 0x17, count: 32)))

  @Test func underAnotherMasterKeyEverythingIsReadAsBefore() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let pool = fixture.tenant.database.pool
      let inbound = try fixture.tenant.keyring.makeInboundKey(at: Date(), tenant: fixture.tenant.tenant)
      try await pool.withTransaction { [keyring = fixture.tenant.keyring] in
        try keyring.store([inbound], in: $0)
      }
      try await pool.withConnection { try Keyring(master: Fixture.master).checkMaster(on: $0) }
      let ids: Set = [KeyID(contact.uuid), KeyID(fixture.tenant.tenant.uuid), inbound.key.id]
      let sealed = try await seal(ids, Keyring(master: Fixture.master), pool)
      let held = try await pool.withConnection { try Keyring(master: Fixture.master).keys(ids, on: $0) }
      let before = try await wrapped(pool)

      // The fixture's own connections have the engine's name.
      #expect(throws: KeyringError.self) { try rotate(fixture) }
      #expect(try await wrapped(pool) == before)
      await fixture.tenant.log.close()
      pool.shutdown()
      let count = try await eventually("only this connection is left") {
        do { return try rotate(fixture) } catch KeyringError.inUse { return nil }
      }
      #expect(count == 3)
      let reopened = PostgresPool(url: fixture.tenant.database.url, connections: 1, name: "test")
      defer { reopened.shutdown() }
      try await reopened.withConnection { try Keyring(master: Self.other).checkMaster(on: $0) }
      await #expect(throws: KeyringError.wrongMasterKey) {
        try await reopened.withConnection { try Keyring(master: Fixture.master).checkMaster(on: $0) }
      }
      let keys = try await reopened.withConnection { try Keyring(master: Self.other).keys(ids, on: $0) }
      for (id, text) in sealed {
        #expect(try JWE.open(text, with: #require(keys[id])) == Array("hello".utf8))
      }
      // The old master key opens what was wrapped before, and nothing that is kept now.
      for key in before { _ = try Fixture.master.unwrap(key) }
      for key in try await wrapped(reopened) {
        #expect(throws: KeyringError.self) { try Fixture.master.unwrap(key) }
      }
      // But whoever holds a key itself reads on, also what is sealed from now on.
      for (id, text) in try await seal(ids, Keyring(master: Self.other), reopened) {
        #expect(try JWE.open(text, with: #require(held[id])) == Array("hello".utf8))
      }
    }
  }

  @Test func aBackupBringsBackWhatIsMissingButNobodyWhoWasErased() async throws {
    try await Fixture.with { fixture in
      let (kept, gone) = (try await fixture.makeContact(), try await fixture.makeContact())
      try await fixture.fill([kept, gone])
      let pool = fixture.tenant.database.pool
      let sealed = try await seal([KeyID(kept.uuid)], Keyring(master: Fixture.master), pool)
      let backup = try await backup(pool)
      _ = try await fixture.erase(gone)
      try await pool.withConnection {
        try $0.executeScript(
          "delete from keyring.key; delete from keyring.inbound_key; delete from keyring.concern")
      }
      // The tenant, who was kept, and the inbound event that concerned them.
      #expect(try await restore(backup, pool) == 3)
      #expect(try await restore(backup, pool) == 0)
      let keyring = Keyring(master: Fixture.master)
      #expect(try await fixture.keys(gone, keyring).isEmpty)
      let key = try #require(try await fixture.keys(kept, keyring)[KeyID(kept.uuid)])
      for text in sealed.values { #expect(try JWE.open(text, with: key) == Array("hello".utf8)) }
      let inbound = try await pool.withConnection {
        try $0.execute(
          """
          select c.contact from keyring.inbound_key as k join keyring.concern as c on c.key = k.id
          where k.tenant is not null
          """
        ).map { ContactID($0.uuid(0)) }
      }
      #expect(inbound == [kept])
    }
  }

  @Test func aBackupThatIsNotWholeOrOfAnotherMasterKeyIsRefused() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let pool = fixture.tenant.database.pool
      let backup = try await backup(pool)
      try await pool.withConnection { try $0.executeScript("delete from keyring.key") }
      await #expect(throws: KeyringError.wrongMasterKey) {
        _ = try await KeyringBackup(pool, master: Self.other).restore(backup)
      }
      var changed = backup
      let place = try #require(backup.firstRange(of: Data("\(contact)".utf8))).lowerBound
      changed[place] = changed[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      var lines = backup.split(separator: 0x0A)
      lines.remove(at: 1)
      let missing = Data(lines.joined(separator: [0x0A])) + [0x0A]
      var bad = [changed, missing, Data(), Data("{}\n{}\n".utf8), Data("\n".utf8)]
      bad += (1...24).map { backup.prefix(backup.count * $0 / 25) }
      for data in bad {
        await #expect(throws: KeyringError.self) { _ = try await restore(data, pool) }
      }
      #expect(try await wrapped(pool).isEmpty)
      #expect(try await restore(backup, pool) == 2)
    }
  }

  private func backup(_ pool: PostgresPool) async throws -> Data {
    let bytes = Mutex(Data())
    let lines = try await KeyringBackup(pool, master: Fixture.master).write { part in
      bytes.withLock { $0 += part }
    }
    let all = bytes.withLock { $0 }
    #expect(all.count { $0 == 0x0A } == lines + 2)
    return all
  }

  private func restore(_ backup: Data, _ pool: PostgresPool) async throws -> Int {
    try await KeyringBackup(pool, master: Fixture.master).restore(backup)
  }

  private func seal(
    _ ids: Set<KeyID>, _ keyring: Keyring, _ pool: PostgresPool
  ) async throws -> [KeyID: String] {
    let keys = try await pool.withConnection { try keyring.keys(ids, on: $0) }
    #expect(keys.count == ids.count)
    return try keys.mapValues { String(decoding: try JWE.seal(Array("hello".utf8), with: $0), as: UTF8.self) }
  }

  private func rotate(_ fixture: Fixture) throws -> Int {
    try MasterKeyRotation(from: Fixture.master, to: Self.other)
      .run(on: PostgresConnection(url: fixture.tenant.database.url, applicationName: "rotation"))
  }

  private func wrapped(_ pool: PostgresPool) async throws -> [[UInt8]] {
    try await pool.withConnection {
      try $0.execute("select wrapped from keyring.key order by id").map { $0.bytes(0) }
    }
  }
}
