import OrderedCollections
import Contracts
import Crypto
import Foundation
import Postgres
import Synchronization

/// The keys of tenants, contacts, users and inbound events, wrapped in Postgres, unwrapped here.
///
/// Unwrapped keys are kept in memory, at most `maximumCached`, oldest first out. All access is set-based and
/// runs on a connection that the caller holds, so that keys and what they seal are made in one transaction.
package final class Keyring: Sendable {
  /// Whom a key belongs to.
  package enum Subject: String, Sendable { case tenant, contact, user }

  private let master: MasterKey
  private let memory: Mutex<Memory>
  private let maximumCached: Int

  private struct Memory {
    var keys: OrderedDictionary<KeyID, SealingKey> = [:]
    /// What was destroyed, so that whoever asked Postgres just before does not bring it back.
    var destroyed: OrderedSet<KeyID> = []
  }

  package init(master: MasterKey, maximumCached: Int = 200_000) {
    self.master = master
    self.maximumCached = maximumCached
    memory = Mutex(Memory())
  }

  /// Makes sure that `master` is the key that this database knows; on first use it is recorded.
  package func checkMaster(on connection: PostgresConnection) throws {
    let wrapped = try master.wrap(SymmetricKey(size: .bits256))
    try connection.execute(
      "insert into keyring.master_check (wrapped) values ($1) on conflict do nothing", [.bytes(wrapped)])
    let rows = try connection.execute("select wrapped from keyring.master_check")
    _ = try master.unwrap(rows[0].bytes(0))
  }

  /// Whether `master` is the key that this database knows; true also where it knows none yet.
  package func fits(_ connection: PostgresConnection) throws -> Bool {
    let row = try connection.execute("select wrapped from keyring.master_check").first
    return row.map { (try? master.unwrap($0.bytes(0))) != nil } ?? true
  }

  /// The keys among `ids` that exist; one that was destroyed is absent.
  package func keys(
    _ ids: Set<KeyID>, on connection: any RowSource
  ) throws -> [KeyID: SealingKey] {
    var found: [KeyID: SealingKey] = [:]
    var missing: [KeyID] = []
    memory.withLock { memory in
      for id in ids {
        if let key = memory.keys[id] { found[id] = key } else { missing.append(id) }
      }
    }
    guard !missing.isEmpty else { return found }
    let rows = try connection.execute(
      """
      select id, wrapped from keyring.key where id = any ($1)
      union all select id, wrapped from keyring.inbound_key where id = any ($1)
      """, [.uuids(missing.map(\.uuid))])
    var loaded: [SealingKey] = []
    for row in rows {
      let key = SealingKey(id: KeyID(row.uuid(0)), key: try master.unwrap(row.bytes(1)))
      found[key.id] = key
      loaded.append(key)
    }
    remember(loaded)
    return found
  }

  /// Makes keys in `transaction`; a key id that exists already keeps its first key, which is returned.
  package func create(
    _ subject: Subject, tenant: TenantID, ids: [KeyID], in transaction: Transaction
  ) throws -> [KeyID: SealingKey] {
    guard !ids.isEmpty else { return [:] }
    let made = try ids.map { ($0, SymmetricKey(size: .bits256)) }
      .map { (id: $0.0, key: $0.1, wrapped: try master.wrap($0.1)) }
    let inserted = try transaction.execute(
      """
      insert into keyring.key (id, tenant, subject, wrapped)
      select id, $1, $2, wrapped from unnest($3::uuid[], $4::bytea[]) as t (id, wrapped)
      on conflict do nothing returning id
      """,
      [
        .uuid(tenant.uuid), .text(subject.rawValue), .uuids(made.map(\.id.uuid)),
        .byteStrings(made.map(\.wrapped)),
      ])
    let fresh = Set(inserted.map { KeyID($0.uuid(0)) })
    var keys: [KeyID: SealingKey] = [:]
    for item in made where fresh.contains(item.id) {
      keys[item.id] = SealingKey(id: item.id, key: item.key)
    }
    let created = Array(keys.values)
    // Not before the commit: a key that was rolled back must not be used by anyone.
    transaction.afterCommit { [self] in remember(created) }
    let known = try self.keys(Set(ids).subtracting(fresh), on: transaction.connection)
    return keys.merging(known) { first, _ in first }
  }

  /// A key that nobody has yet; `store` makes it last.
  package func make(_ subject: Subject, tenant: TenantID, id: KeyID) throws -> NewKey {
    let key = SealingKey(id: id, key: SymmetricKey(size: .bits256))
    return NewKey(key: key, subject: subject, tenant: tenant, wrapped: try master.wrap(key.key))
  }

  /// A key id that exists already fails with a unique violation: its first key must be used.
  package func store(_ keys: [NewKey], in transaction: Transaction) throws {
    guard !keys.isEmpty else { return }
    transaction.executeLater(
      """
      insert into keyring.key (id, tenant, subject, wrapped)
      select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[])
      """,
      [
        .uuids(keys.map(\.key.id.uuid)), .uuids(keys.map(\.tenant.uuid)),
        .texts(keys.map(\.subject.rawValue)), .byteStrings(keys.map(\.wrapped)),
      ])
    // Not before the commit: a key that was rolled back must not be used by anyone.
    transaction.afterCommit { [self] in remember(keys.map(\.key)) }
  }

  /// A key for one inbound event, with the row that keeps it.
  package func makeInboundKey(at time: Date, tenant: TenantID) throws -> InboundKey {
    let key = SealingKey(id: KeyID(UUID.version7()), key: SymmetricKey(size: .bits256))
    return InboundKey(key: key, tenant: tenant, time: time, wrapped: try master.wrap(key.key))
  }

  package func store(_ keys: [InboundKey], in transaction: Transaction) throws {
    transaction.executeLater(
      """
      insert into keyring.inbound_key (id, tenant, day, wrapped)
      select id, tenant, (time at time zone 'UTC')::date, wrapped
      from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bytea[]) as t (id, tenant, time, wrapped)
      """,
      [
        .uuids(keys.map(\.key.id.uuid)), .uuids(keys.map(\.tenant.uuid)), .timestamps(keys.map(\.time)),
        .byteStrings(keys.map(\.wrapped)),
      ])
    transaction.afterCommit { [self] in remember(keys.map(\.key)) }
  }

  /// Forgets what is in memory, so that the next use asks Postgres.
  package func forget(_ ids: some Sequence<KeyID>) {
    memory.withLock { memory in for id in ids { memory.keys.removeValue(forKey: id) } }
  }

  /// Forgets everything: keys may have been destroyed without this process being told.
  package func forgetAll() { memory.withLock { $0.keys.removeAll() } }

  /// Forgets a key that was destroyed, for good.
  package func bury(_ id: KeyID) {
    memory.withLock { memory in
      memory.keys.removeValue(forKey: id)
      memory.destroyed.append(id)
      if memory.destroyed.count > maximumCached {
        memory.destroyed.removeFirst(memory.destroyed.count - maximumCached * 9 / 10)
      }
    }
  }

  private func remember(_ keys: [SealingKey]) {
    memory.withLock { memory in
      for key in keys where !memory.destroyed.contains(key.id) { memory.keys[key.id] = key }
      if memory.keys.count > maximumCached {
        memory.keys.removeFirst(memory.keys.count - maximumCached * 9 / 10)
      }
    }
  }
}

package struct NewKey: Sendable {
  package let key: SealingKey
  let subject: Keyring.Subject
  let tenant: TenantID
  let wrapped: [UInt8]
}

package struct InboundKey: Sendable {
  package let key: SealingKey
  let tenant: TenantID
  let time: Date
  let wrapped: [UInt8]
}

extension SealingKey {
  /// What stands in facts for an id or address at a channel's provider, so that it can be found without being
  /// held. Of the tenant's key.
  package func hmac(_ text: String, on channel: Channel) -> String { hmac("\(channel.rawValue) \(text)") }

  /// HMAC-SHA-256 of `text` in hexadecimal, with a key derived from this one (HKDF-SHA-256).
  package func hmac(_ text: String) -> String {
    let derived = memory.hmacKey {
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: key, info: Array("aigentable provider ids".utf8), outputByteCount: 32)
    }
    return hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: derived))
  }
}
