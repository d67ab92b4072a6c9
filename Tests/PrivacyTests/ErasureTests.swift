import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Logging
import ObjectStore
import Pipeline
import Postgres
import PostgresLog
import Privacy
import TestKit
import Testing

struct ErasureTests {
  @Test func erasingTwiceIsOneEventAndTheKeyIsGone() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let first = try #require(try await fixture.erase(contact))
      let second = try #require(try await fixture.erase(contact))
      #expect(first == second)
      #expect(
        try await fixture.events().map(\.id) == [ContactErased.id(of: contact, tenant: fixture.tenant.tenant)]
      )
      #expect(try await fixture.keys(contact, Keyring(master: Fixture.master)).isEmpty)
      #expect(try await fixture.journal.get("erasures/\(contact).json") != nil)
    }
  }

  @Test func whoIsNotKnownOrAnotherTenantsIsNotErased() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      #expect(try await fixture.erase(ContactID(UUID())) == nil)
      #expect(try await fixture.erase(contact, tenant: TenantID(UUID())) == nil)
      #expect(try await fixture.keys(contact, fixture.tenant.keyring).count == 1)
      #expect(try await fixture.events().isEmpty)
    }
  }

  @Test func everyProcessForgetsTheKey() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let other = Keyring(master: Fixture.master)
      let watch = ErasureWatch(url: fixture.tenant.database.url, keyring: other)
      defer { watch.stop() }
      // Once it listens it has forgotten everything; what it learns from then on stays.
      try await eventually("the other process has the key and listens") {
        _ = try await fixture.keys(contact, other)
        let listening = try await fixture.tenant.database.pool.withConnection {
          try $0.execute(
            "select from pg_stat_activity where datname = current_database() and query like 'listen%erased'"
          ).count
        }
        return listening > 0 ? true : nil
      }
      #expect(try await fixture.keys(contact, other).count == 1)
      _ = try await fixture.erase(contact)
      try await eventually("the other process has no key any more") {
        try await fixture.keys(contact, other).isEmpty ? true : nil
      }
    }
  }

  @Test func aKeyThatWasAskedForJustBeforeIsNotRememberedAfter() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let id = KeyID(contact.uuid)
      let keyring = Keyring(master: Fixture.master)
      keyring.bury(id)
      // What Postgres still says is used, but not kept.
      #expect(try await fixture.keys(contact, keyring).count == 1)
      _ = try await fixture.erase(contact)
      #expect(try await fixture.keys(contact, keyring).isEmpty)
    }
  }

  @Test func whatStagesKeepIsSweptAndOthersStay() async throws {
    try await Fixture.with { fixture in
      let (gone, kept) = (try await fixture.makeContact(), try await fixture.makeContact())
      try await fixture.fill([gone, kept])
      #expect(try await fixture.traces(of: gone) > 0)
      _ = try await fixture.erase(gone)
      let eraser = fixture.eraser()
      try await eraser.work()
      try await eventually("the erasure is finished") {
        try await eraser.work()
        return try await fixture.erase(gone)?.finishedAt
      }
      #expect(try await fixture.traces(of: gone) == 0)
      #expect(try await fixture.traces(of: kept) > 0)
      #expect(try await fixture.keys(kept, Keyring(master: Fixture.master)).count == 1)
    }
  }

  /// As generate folded them before they were sealed: of a group they are of whom it was opened with.
  @Test func labelsInTheClearGoWithWhomTheirConversationIsWith() async throws {
    try await Fixture.with { fixture in
      let (gone, kept) = (try await fixture.makeContact(), try await fixture.makeContact())
      let (own, group, others) = (UUID(), UUID(), UUID())
      let held = #"{"isHeld":true,"labels":["vip","\"],\\","Ada"],"turns":7}"#
      try await fixture.tenant.database.pool.withTransaction { transaction in
        for (conversation, opener, members) in [
          (own, gone, [gone]), (group, kept, [kept, gone]), (others, kept, [kept]),
        ] {
          try transaction.execute(
            "select stage.note_persons($1, $2, $3, $3)",
            [
              .uuids(members.map(\.uuid)), .uuids(members.map { _ in conversation }), .uuids([]),
            ])
          let target = #"{"target":{"contact":"\#(opener)"}}"#
          for (stage, state) in [("generate", held), ("deliver", target)] {
            try transaction.execute(
              "insert into stage.state (stage, key, value) values ($1, $2::uuid::text, $3)",
              [.text(stage), .uuid(conversation), .bytes(Array(state.utf8))])
          }
        }
      }
      _ = try await fixture.erase(gone)
      let eraser = fixture.eraser()
      try await eventually("the erasure is finished") {
        try await eraser.work()
        return try await fixture.erase(gone)?.finishedAt
      }
      func state(of conversation: UUID) async throws -> String {
        try await fixture.tenant.database.pool.withConnection {
          try $0.execute(
            """
            select convert_from(value, 'UTF8') from stage.state
            where stage = 'generate' and key = $1::uuid::text
            """, [.uuid(conversation)])[0].text(0)
        }
      }
      #expect(try await state(of: own) == #"{"isHeld":true,"labels":[],"turns":7}"#)
      #expect(try await state(of: group) == held)
      #expect(try await state(of: others) == held)
    }
  }

  @Test func anOldTransactionHoldsTheEndBack() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      let old = try PostgresConnection(url: fixture.tenant.database.url)
      try old.executeScript("begin; create temporary table writes (id integer)")
      _ = try await fixture.erase(contact)
      let eraser = fixture.eraser()
      for _ in 0..<3 { try await eraser.work() }
      #expect(try await fixture.erase(contact)?.finishedAt == nil)
      try old.executeScript("rollback")
      try await eventually("the erasure is finished") {
        try await eraser.work()
        return try await fixture.erase(contact)?.finishedAt
      }
    }
  }

  /// A send whose owner lost its lease: what came of it holds the provider's id in the clear, for whoever has the lease
  /// next, and for no longer.
  @Test func whatAnOrphanedSendCameToIsInTheClearOnlyWhileSomebodyWaitsForIt() async throws {
    try await Fixture.with { fixture in
      let contact = try await fixture.makeContact()
      try await fixture.fill([contact])
      let pool = fixture.tenant.database.pool
      func inTheClear() async throws -> Int64 {
        try await pool.withConnection {
          try $0.execute("select count(*) from stage.ledger where outcome::text like '%wamid%'")[0].int8(0)
        }
      }
      try await fixture.eraser().work()
      #expect(try await inTheClear() == 2)
      // It is done with, and the next owner never saw what the first one learnt.
      try await pool.withConnection { try $0.executeScript("delete from stage.waiting") }
      try await fixture.eraser().work()
      #expect(try await inTheClear() == 0)
      let left = try await pool.withConnection {
        try $0.execute("select count(*) from stage.ledger where outcome -> 'accepted' is not null")[0].int8(0)
      }
      #expect(left == 2)
      // What nobody waits for when it is told never is.
      try await pool.withConnection {
        _ = try $0.execute(
          "select stage.record_orphans('deliver', $1, $2, $3, $4, $5)",
          [
            .uuids([UUID()]), .int4s([1]), .uuids([UUID()]),
            .texts([#"{"accepted":{"providerID":"wamid"}}"#]),
            .texts([#"{"accepted":{"providerID":""}}"#]),
          ])
      }
      #expect(try await inTheClear() == 0)
    }
  }
}
