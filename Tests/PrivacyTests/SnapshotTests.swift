import Backup
import Contracts
import Foundation
import Keyring
import ObjectStore
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

struct SnapshotTests {
  /// Whoever adds a table decides whether an archive holds it: what is in it must say nothing about a person in the
  /// clear, and what is not must be made anew from the rest. Then the name goes here, or into `privacy.snapshot_tables`.
  @Test func whatASnapshotHoldsIsDecidedForEveryTable() async throws {
    try await TestDatabase.with { database in
      let names = try await database.pool.withConnection { connection in
        try connection.execute("select name from privacy.snapshot_tables()").map { $0.text(0) }
      }
      #expect(
        Set(names) == [
          "audit.block", "audit.checkpoint", "audit.tree", "knowledge.source", "knowledge.stored",
          "knowledge.work",
          "log.low_water", "log.record", "log.segment", "log.topic", "stage.album", "stage.cached_answer",
          "stage.changed", "stage.consent",
          "stage.contact", "stage.fetched", "stage.ledger", "stage.model_use",
          "stage.overheard", "stage.pace",
          "stage.participant",
          "stage.poller", "stage.progress", "stage.seen", "stage.state", "stage.thread",
          "stage.topic_message", "stage.turn",
          "stage.waiting",
        ])
    }
  }

  @Test func anEmptyDatabaseBecomesWhatTheOtherWas() async throws {
    try await Fixture.with { fixture in
      let contacts = [try await fixture.makeContact(), try await fixture.makeContact()]
      try await fixture.fill(contacts)
      let pool = fixture.tenant.database.pool
      try await pool.withConnection { connection in
        // Beside what orphans recorded, one effect whose input still waits, and one that is done with.
        try connection.executeScript(
          """
          insert into stage.ledger (stage, input, step, tenant, intent_at, outcome_at, outcome)
          select 'deliver', w.id, 2, w.tenant, now(), now(), '{"said":"in the clear"}'
          from stage.waiting as w limit 1;
          insert into stage.ledger (stage, input, step, tenant, intent_at, outcome_at, outcome)
          values ('deliver', gen_random_uuid(), 1, gen_random_uuid(), now(), now(), '{"accepted":{}}')
          """)
      }
      let (store, keyring) = (MemoryStore(), try await backup(of: pool))
      let report = try await SnapshotWriter(pool: pool, store: store).write()
      #expect(report.files == 4)
      #expect(try await Snapshot.names(in: store) == [report.name])
      let before = try await hashes(pool)
      for name in try await store.list("") {
        let bytes = try #require(try await store.get(name))
        for words in ["in the clear", "wamid"] {
          #expect(Data(bytes).range(of: Data(words.utf8)) == nil, "\(name)")
        }
      }

      try await TestDatabase.with { other in
        // As `topics create` leaves it.
        _ = try await other.makeLog(partitions: 2).close()
        let restoration = Restoration(pool: other.pool, store: store, master: Fixture.master)
        let (_, restored) = try await restoration.run(report.name, keyring: keyring)
        #expect(restored.rows == report.rows && restored.files == 4 && restored.missing == 0)
        var after = try await hashes(other.pool)
        #expect(after.removeValue(forKey: "stage.ledger") != before["stage.ledger"])
        #expect(after == before.filter { $0.key != "stage.ledger" })
        let open = try await other.pool.withConnection { connection in
          try connection.execute(
            "select count(*) filter (where outcome is null), count(outcome_at) from stage.ledger"
          ).map { [$0.int8(0), $0.int8(1)] }
        }
        #expect(open == [[5, 1]])
        #expect(try await fixture.keys(contacts[0], Keyring(master: Fixture.master)).count == 1)
        await #expect(throws: BackupError.self) {
          _ = try await restoration.run(report.name, keyring: keyring)
        }
      }
    }
  }

  @Test func whatWasChangedOrIsMissingIsRefusedAndNothingComesIn() async throws {
    try await Fixture.with { fixture in
      try await fixture.fill([try await fixture.makeContact()])
      let pool = fixture.tenant.database.pool
      let (store, keyring) = (MemoryStore(), try await backup(of: pool))
      let name = try await SnapshotWriter(pool: pool, store: store).write().name
      let objects = try await store.list("state/").filter { !$0.hasSuffix("manifest.json") }
      try await TestDatabase.with { other in
        let restoration = Restoration(pool: other.pool, store: store, master: Fixture.master)
        for object in objects {
          let bytes = try #require(try await store.get(object))
          try await store.put(bytes.dropLast() + [bytes[bytes.count - 1] ^ 1], at: object)
          await #expect(throws: BackupError.self) { _ = try await restoration.run(name, keyring: keyring) }
          try await store.remove(object)
          await #expect(throws: BackupError.self) { _ = try await restoration.run(name, keyring: keyring) }
          try await store.put(bytes, at: object)
        }
        await #expect(throws: BackupError.self) { _ = try await restoration.run("none", keyring: keyring) }
        // What was let go of since is not missed.
        for blob in try await store.list("blob/") { try await store.remove(blob) }
        let (_, report) = try await restoration.run(name, keyring: keyring)
        #expect(report.missing == 2 && report.files == 0 && report.rows > 0)
      }
    }
  }

  @Test func oldSnapshotsGoAndSoDoFilesThatWereLetGoOf() async throws {
    try await Fixture.with { fixture in
      try await fixture.fill([try await fixture.makeContact()])
      let (pool, store) = (fixture.tenant.database.pool, MemoryStore())
      // What a run left that was killed.
      try await store.put([1], at: "state/2026-01-01T00-00-00.000Z/stage.turn/000000.lz4")
      var names: [String] = []
      for second in 0..<4 {
        names.append(
          try await SnapshotWriter(pool: pool, store: store, keeps: 2)
            .write(at: Date(timeIntervalSince1970: 1_790_000_000 + Double(second))).name)
      }
      #expect(try await Snapshot.names(in: store) == names.suffix(2))
      let folders = Set(try await store.list("state/").map { $0.split(separator: "/")[1] })
      #expect(folders == Set(names.suffix(2).map { $0[...] }))
      #expect(try await store.list("blob/").count == 2)
      try await pool.withConnection { try $0.executeScript("delete from knowledge.blob") }
      _ = try await SnapshotWriter(pool: pool, store: store, keeps: 2).write()
      #expect(try await store.list("blob/").isEmpty)
    }
  }

  private func backup(of pool: PostgresPool) async throws -> Data {
    let bytes = Mutex(Data())
    _ = try await KeyringBackup(pool, master: Fixture.master).write { part in bytes.withLock { $0 += part } }
    return bytes.withLock { $0 }
  }

  /// A hash over the ordered rows of every table that comes back, and of the files.
  private func hashes(_ pool: PostgresPool) async throws -> [String: String] {
    try await pool.withConnection { connection in
      let names =
        try connection.execute("select name from privacy.snapshot_tables()").map { $0.text(0) }
        + ["knowledge.blob", "keyring.key", "keyring.inbound_key", "keyring.concern"]
      return try names.reduce(into: [:]) { hashes, name in
        let row = try connection.execute(
          "select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from \(name) as t"
        )
        hashes[name] = row[0].text(0)
      }
    }
  }
}
