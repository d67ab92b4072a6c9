import Contracts
import Foundation
import Keyring
import Logging
import Postgres
import Privacy
import Synchronization
import TestKit
import Testing

struct RetentionTests {
  private func retention(_ fixture: Fixture, _ rules: [TenantID: RetentionRules] = [:]) -> Retention {
    let pool = fixture.tenant.database.pool
    return Retention(
      pool: pool,
      erasure: ContactErasure(log: fixture.tenant.log, pool: pool, journal: ErasureJournal(fixture.journal)),
      logger: Logger(label: "test")
    ) { rules }
  }

  @Test func inboundKeysGoWithTheirDayAndSoonerWhereATenantSaysSo() async throws {
    try await Fixture.with { fixture in
      let (pool, tenant, other) = (fixture.tenant.database.pool, fixture.tenant.tenant, TenantID(UUID()))
      let ages: [(TenantID, Double)] = [(tenant, 0), (tenant, 9), (tenant, 32), (other, 9), (other, 32)]
      let keys = try ages.map { owner, days in
        try fixture.tenant.keyring.makeInboundKey(
          at: Date(timeIntervalSinceNow: -days * 86_400), tenant: owner)
      }
      try await pool.withTransaction { [keyring = fixture.tenant.keyring] in try keyring.store(keys, in: $0) }
      func left() async throws -> Set<KeyID> {
        try await pool.withConnection {
          Set(try $0.execute("select id from keyring.inbound_key").map { KeyID($0.uuid(0)) })
        }
      }
      #expect(try await retention(fixture).apply() == .init(inbound: 2))
      #expect(try await left() == [keys[0].key.id, keys[1].key.id, keys[3].key.id])
      let rules = [tenant: RetentionRules(inboundDays: 8)]
      #expect(try await retention(fixture, rules).apply() == .init(inbound: 1))
      #expect(try await left() == [keys[0].key.id, keys[3].key.id])
    }
  }

  /// Where nobody writes in topics any more, nothing else drops it.
  @Test func whatIsKeptOfTopicsGoesAfterThirtyDays() async throws {
    try await Fixture.with { fixture in
      let pool = fixture.tenant.database.pool
      try await pool.withConnection {
        try $0.executeScript(
          """
          insert into stage.topic_message (connection, provider_hmac, conversation, noted_at)
          select gen_random_uuid(), days::text, gen_random_uuid(), now() - days * interval '1 day'
          from unnest(array[0, 29, 31, 60]) as days
          """)
      }
      _ = try await retention(fixture).apply()
      let left = try await pool.withConnection {
        try $0.execute("select provider_hmac from stage.topic_message").map { $0.text(0) }
      }
      #expect(left.sorted() == ["0", "29"])
    }
  }

  @Test func whoWasNotHeardOfIsErasedAndOthersAreNot() async throws {
    try await Fixture.with { fixture in
      let (silent, back, recent) = (
        try await fixture.makeContact(), try await fixture.makeContact(), try await fixture.makeContact()
      )
      try await fixture.fill([silent, back, recent])
      let pool = fixture.tenant.database.pool
      try await pool.withConnection { connection in
        _ = try connection.execute(
          "update stage.participant set last_on = last_on - 40 where contact = any ($1)",
          [.uuids([silent.uuid, back.uuid])])
        // Heard of again, in the same conversation.
        _ = try connection.execute(
          """
          select stage.note_persons(array_agg(contact), array_agg(conversation), '{}', '{}')
          from stage.participant where contact = $1
          """, [.uuid(back.uuid)])
      }
      let rules = RetentionRules(contactDays: 30)
      #expect(try await retention(fixture, [TenantID(UUID()): rules]).apply() == .init())
      #expect(try await retention(fixture, [fixture.tenant.tenant: rules]).apply() == .init(contacts: 1))
      #expect(try await retention(fixture, [fixture.tenant.tenant: rules]).apply() == .init())
      let erased = try await fixture.events().map { try ContactErased.read($0).facts }
      #expect(erased == [.init(contact: silent, reason: "retention")])
      let keyring = Keyring(master: Fixture.master)
      #expect(try await fixture.keys(silent, keyring).isEmpty)
      for contact in [back, recent] { #expect(try await fixture.keys(contact, keyring).count == 1) }
    }
  }

  @Test(.timeLimit(.minutes(5))) func aRuleThatIsSaidWhileItRunsIsFollowed() async throws {
    try await Fixture.with { fixture in
      let (silent, pool) = (try await fixture.makeContact(), fixture.tenant.database.pool)
      try await fixture.fill([silent])
      try await pool.withConnection {
        try $0.executeScript("update stage.participant set last_on = last_on - 40")
      }
      let rules = Mutex<[TenantID: RetentionRules]>([:])
      let looks = Mutex(0)
      let retention = Retention(
        pool: pool,
        erasure: ContactErasure(
          log: fixture.tenant.log, pool: pool, journal: ErasureJournal(fixture.journal)),
        logger: Logger(label: "test"), interval: .milliseconds(10)
      ) {
        looks.withLock { $0 += 1 }
        return rules.withLock { $0 }
      }
      try await withThrowingTaskGroup { group in
        group.addTask { try await retention.run() }
        while looks.withLock({ $0 }) < 3 { await Task.yield() }
        #expect(try await fixture.events().isEmpty)
        rules.withLock { $0[fixture.tenant.tenant] = RetentionRules(contactDays: 30) }
        try await eventually("who was silent is erased") {
          try await fixture.events().isEmpty ? nil : true
        }
        group.cancelAll()
      }
      let erased = try await fixture.events()[0]
      #expect(try ContactErased.read(erased).facts == .init(contact: silent, reason: "retention"))
    }
  }

  @Test func oldFilesGoAndTheirPersonStays() async throws {
    try await Fixture.with { fixture in
      let (old, new) = (try await fixture.makeContact(), try await fixture.makeContact())
      try await fixture.fill([old, new])
      let pool = fixture.tenant.database.pool
      func files() async throws -> Int64 {
        try await pool.withConnection {
          try $0.execute(
            "select count(*) from knowledge.blob as b join stage.fetched as f on f.blob = b.hash")[0].int8(0)
        }
      }
      // As fetch notes them: by the hash of the blob.
      try await pool.withConnection { connection in
        for (contact, days) in [(old, Int32(40)), (new, 0)] {
          _ = try connection.execute(
            """
            update stage.fetched as f set blob = b.hash, stored_on = stored_on - $2::integer
            from knowledge.blob as b
            where
              starts_with(f.sealed, privacy.seal($1))
              and substring(b.bytes from 1 for 99) = convert_to(privacy.seal($1), 'UTF8')
            """, [.uuid(contact.uuid), .int4(days)])
        }
      }
      #expect(try await files() == 2)
      let rules = [fixture.tenant.tenant: RetentionRules(fileDays: 30)]
      #expect(try await retention(fixture, rules).apply() == .init(files: 1))
      #expect(try await files() == 1)
      #expect(try await fixture.keys(old, Keyring(master: Fixture.master)).count == 1)
    }
  }

  /// By age, and the oldest of a tenant that has too many; another's are not touched by that.
  @Test func vectorsOfQuestionsAreKeptForAWhileAndNotTooMany() async throws {
    try await Fixture.with { fixture in
      let (pool, tenant, other) = (fixture.tenant.database.pool, fixture.tenant.tenant, TenantID(UUID()))
      try await pool.withConnection { connection in
        for (owner, name, days) in [
          (tenant, "old", 91.0), (tenant, "a", 89), (tenant, "b", 2), (tenant, "c", 1), (other, "d", 88),
        ] {
          _ = try connection.execute(
            """
            insert into knowledge.asked (question, tenant, model, contact, vector, kept_at)
            values ($1, $2, 'm', $3, '', now() - make_interval(hours => $4))
            """, [.text(name), .uuid(owner.uuid), .uuid(UUID()), .int4(Int32(days * 24))])
        }
      }
      func left() async throws -> [String] {
        try await pool.withConnection {
          try $0.execute("select question from knowledge.asked order by question").map { $0.text(0) }
        }
      }
      _ = try await retention(fixture).apply()
      #expect(try await left() == ["a", "b", "c", "d"])
      let forgotten = try await pool.withConnection {
        try $0.execute("select knowledge.forget_asked(90, 2)")[0].int8(0)
      }
      #expect(forgotten == 1)
      #expect(try await left() == ["b", "c", "d"])
    }
  }
}
