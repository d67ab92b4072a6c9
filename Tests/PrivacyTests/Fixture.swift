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

/// A tenant on a database of its own, with a journal in memory.
struct Fixture: Sendable {
  static let master = MasterKey(SymmetricKey(data: [UInt8](repeating: 0x5A, count: 32)))

  let tenant: TestTenant
  let journal: MemoryStore

  static func with<R>(_ body: (Fixture) async throws -> R) async throws -> R {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      let result: Result<R, any Error>
      do { result = .success(try await body(Fixture(tenant: tenant, journal: MemoryStore()))) } catch {
        result = .failure(error)
      }
      await tenant.log.close()
      return try result.get()
    }
  }

  func makeContact() async throws -> ContactID {
    let contact = ContactID(UUID())
    try await tenant.database.pool.withTransaction { [tenant] transaction in
      _ = try tenant.keyring.create(
        .contact, tenant: tenant.tenant, ids: [KeyID(contact.uuid)], in: transaction)
    }
    return contact
  }

  func keys(_ contact: ContactID, _ keyring: Keyring) async throws -> [KeyID: SealingKey] {
    try await tenant.database.pool.withConnection { try keyring.keys([KeyID(contact.uuid)], on: $0) }
  }

  func erase(_ contact: ContactID, tenant: TenantID? = nil) async throws -> ContactErasure.Progress? {
    try await ContactErasure(
      log: self.tenant.log, pool: self.tenant.database.pool, journal: ErasureJournal(journal)
    )
    .erase(.init(contact: contact, tenant: tenant ?? self.tenant.tenant, source: "/test"))
  }

  func replay() async throws -> Int {
    try await ErasureReplay(log: tenant.log, pool: tenant.database.pool, journal: ErasureJournal(journal))
      .run()
  }

  /// Whoever had the key is done at once.
  func eraser() -> Eraser { Eraser(pool: tenant.database.pool, logger: Logger(label: "test"), ripe: .zero) }

  /// Every `contact.erased` of the log.
  func events() async throws -> [Event] {
    let end = try await tenant.log.ends(of: .tenants)[0]
    let reader = try await tenant.log.reader(
      from: [Cursor(TopicPartition(.tenants, Partition(0)))], types: nil)
    var records: [Record] = []
    while (records.last?.position.offset.advanced(by: 1) ?? .zero) < end {
      records += try await reader.next(limit: 500).records
    }
    await reader.close()
    return records.map(\.event).filter { $0.type == ContactErased.type }
  }

  /// Rows of every table of the stages and the blob store, as the stages write them.
  func fill(_ contacts: [ContactID]) async throws {
    for contact in contacts {
      let conversation = UUID()
      let key = try await keys(contact, tenant.keyring)[KeyID(contact.uuid)]
      guard let key else { throw TestSetupError("the contact has no key") }
      let inbound = try tenant.keyring.makeInboundKey(at: Date(), tenant: tenant.tenant)
      let sealed = String(decoding: try JWE.seal(Array("hello".utf8), with: key), as: UTF8.self)
      let raw = try JWE.seal(Array("hello".utf8), with: inbound.key)
      let state = Array(#"{"target":{"sealed":"\#(sealed)"},"isHeld":false}"#.utf8)
      try await tenant.database.pool.withTransaction { [tenant] transaction in
        func run(_ sql: String, _ parameters: [PostgresParameter]) throws {
          try transaction.execute(sql, parameters)
        }
        try tenant.keyring.store([inbound], in: transaction)
        try run(
          "select stage.note_persons($1, $2, $1, $3)",
          [.uuids([contact.uuid]), .uuids([conversation]), .uuids([inbound.key.id.uuid])])
        try run(
          "select stage.add_contacts($1, $2, $3, $4)",
          [
            .uuids([tenant.tenant.uuid]), .texts(["whatsapp"]), .texts(["\(contact)"]),
            .uuids([contact.uuid]),
          ])
        try run(
          "select stage.add_turns($1, $2, $3, $4, $5)",
          [.uuids([conversation]), .int4s([1]), .texts(["user"]), .texts([sealed]), .uuids([UUID()])])
        try run(
          "insert into knowledge.asked (question, tenant, model, contact, vector) values ($1, $2, 'm', $3, $4)",
          [.text("\(contact)"), .uuid(tenant.tenant.uuid), .uuid(contact.uuid), .text(sealed)])
        try run("insert into stage.lease (stage, partition) values ('deliver', 0) on conflict do nothing", [])
        try run(
          "insert into stage.state (stage, key, value) values ('deliver', $1::uuid::text, $2)",
          [.uuid(conversation), .bytes(state)])
        try run(
          "select stage.save_albums($1, $2, $3, $4)",
          [.uuids([conversation]), .uuids([UUID()]), .texts(["one two"]), .byteStrings([state])])
        try run(
          """
          insert into stage.overheard (
            tenant, album, id, partition, "offset", key, type, time, source, value, sealed_by
          )
          values ($1, $2::uuid::text, $3, 0, 0, 'c', 'webhook.received', now(), '/test', $4, $5)
          """,
          [
            .uuid(tenant.tenant.uuid), .uuid(contact.uuid), .uuid(UUID()), .bytes(raw),
            .uuid(inbound.key.id.uuid),
          ])
        try run(
          """
          insert into stage.consent (tenant, contact, scope, state, at, event)
          values ($1, $2, 'all', 'granted', now(), $3)
          """, [.uuid(tenant.tenant.uuid), .uuid(contact.uuid), .uuid(UUID())])
        try run(
          "select stage.cache_answer($1, $2::uuid::text, $3, $4, '{}', now(), now() + interval '1 day')",
          [.uuid(tenant.tenant.uuid), .uuid(UUID()), .uuid(UUID()), .text(sealed)])
        for (offset, parked) in [(Int64(1), nil as String?), (2, "odd")] {
          let id = UUID()
          try run(
            """
            insert into stage.waiting (stage, partition, key, "offset", id, type, tenant, time, source, value,
              due_at, parked_reason, is_alone)
            values ('deliver', 0, $1::uuid::text, $2, $3, 'reply.generated', $4, now(), '/test', $5,
              now() + interval '1 day', $6::text, $6::text is not null)
            """,
            [
              .uuid(conversation), .int8(offset), .uuid(id), .uuid(tenant.tenant.uuid), .bytes(state),
              parked.map { .text($0) } ?? .null,
            ])
          // What a send came to whose owner had lost its lease: the next one waits for it.
          try run(
            "select stage.record_orphans('deliver', $1, $2, $3, $4, $5)",
            [
              .uuids([id]), .int4s([1]), .uuids([tenant.tenant.uuid]),
              .texts([#"{"accepted":{"providerID":"wamid.\#(contact)","milliseconds":1}}"#]),
              .texts([#"{"accepted":{"providerID":"","milliseconds":1}}"#]),
            ])
        }
        for bytes in [Array(sealed.utf8), raw] {
          try run(
            "insert into knowledge.blob (hash, bytes) values ($1, $2)",
            [.bytes(Array(SHA256.hash(data: bytes))), .bytes(bytes)])
        }
        try run(
          "select stage.note_fetched($1, $2, $3, $4, $5, $6)",
          [
            .uuid(UUID()), .uuid(tenant.tenant.uuid), .bytes([1]), .text("image/png"), .int8(5),
            .text(sealed),
          ])
      }
    }
  }

  /// How many rows hold something that was sealed for a contact, or name it.
  func traces(of contact: ContactID) async throws -> Int {
    try await tenant.database.pool.withConnection { connection in
      let rows = try connection.execute(
        """
        with seal as (select privacy.seal($1) || '..[A-Za-z0-9_-]' as pattern)
        select
          (select count(*) from stage.turn, seal where content ~ pattern)
          + (select count(*) from stage.state, seal where convert_from(value, 'UTF8') ~ pattern)
          + (select count(*) from stage.album, seal where convert_from(value, 'UTF8') ~ pattern)
          + (select count(*) from stage.overheard where album = $1::uuid::text)
          + (select count(*) from stage.waiting, seal where convert_from(value, 'UTF8') ~ pattern)
          + (select count(*) from stage.fetched, seal where sealed ~ pattern)
          + (select count(*) from knowledge.blob, seal where convert_from(bytes, 'UTF8') ~ pattern)
          + (select count(*) from knowledge.asked where contact = $1)
          + (select count(*) from stage.cached_answer, seal where content ~ pattern)
          + (select count(*) from stage.ledger where outcome::text like '%' || $1::uuid || '%')
          + (select count(*) from stage.consent where contact = $1)
          + (select count(*) from stage.contact where contact = $1)
          + (select count(*) from stage.participant where contact = $1)
          + (select count(*) from keyring.concern where contact = $1)
        """, [.uuid(contact.uuid)])
      return Int(rows[0].int8(0))
    }
  }

  /// The same tenant on a copy of the database.
  func reopened(_ database: TestDatabase) async throws -> Fixture {
    let log = PostgresLog(pool: database.pool, layout: tenant.log.layout, logger: Logger(label: "test"))
    return Fixture(tenant: tenant.on(database, log: log), journal: journal)
  }
}
