import Contracts
import Foundation
import Postgres

/// Wraps every key anew under another master key. The keys stay what they are, so nothing that they sealed changes:
/// neither the log nor its archive is touched.
package struct MasterKeyRotation: Sendable {
  private let old: MasterKey
  private let new: MasterKey

  package init(from old: MasterKey, to new: MasterKey) {
    self.old = old
    self.new = new
  }

  /// A table of wrapped keys: how to read a part of it, and to write it back.
  private struct Table {
    let read: String
    let write: String
  }

  private static let tables = [
    Table(
      read: "select id, wrapped from keyring.key where id > $1 order by id limit $2",
      write: """
        update keyring.key as k set wrapped = t.wrapped
        from unnest($1::uuid[], $2::bytea[]) as t (id, wrapped) where k.id = t.id
        """),
    Table(
      read: "select id, wrapped from keyring.inbound_key where id > $1 order by id limit $2",
      write: """
        update keyring.inbound_key as k set wrapped = t.wrapped
        from unnest($1::uuid[], $2::bytea[]) as t (id, wrapped) where k.id = t.id
        """),
  ]
  private static let part: Int32 = 10_000

  /// All or nothing; returns how many keys were wrapped anew.
  ///
  /// - Throws: `.inUse` while another process of the engine is connected: it would go on wrapping under the old key. Who
  ///   starts meanwhile waits until this is done, and then finds its master key wrong.
  package func run(on connection: PostgresConnection) throws -> Int {
    try Transaction.run(on: connection) { transaction in
      try transaction.execute(
        "lock table keyring.key, keyring.inbound_key, keyring.master_check, audit.signing_key in exclusive mode"
      )
      let others = try transaction.execute(
        """
        select count(*) from pg_stat_activity
        where
          datname = current_database() and application_name like 'aigentable%' and pid <> pg_backend_pid()
        """)[0].int8(0)
      guard others == 0 else { throw KeyringError.inUse(connections: Int(others)) }
      try rewrapOne(
        "select wrapped from keyring.master_check", "update keyring.master_check set wrapped = $1",
        transaction)
      try rewrapOne(
        "select wrapped from audit.signing_key", "update audit.signing_key set wrapped = $1", transaction)
      return try Self.tables.reduce(0) { try $0 + rewrap($1, transaction) }
    }
  }

  /// A table of one row, or of none.
  private func rewrapOne(_ read: String, _ write: String, _ transaction: Transaction) throws {
    guard let row = try transaction.execute(read).first else { return }
    try transaction.execute(write, [.bytes(try rewrapped(row.bytes(0)))])
  }

  private func rewrap(_ table: Table, _ transaction: Transaction) throws -> Int {
    var (count, last) = (0, UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    while true {
      let rows = try transaction.execute(table.read, [.uuid(last), .int4(Self.part)])
      guard let end = rows.last?.uuid(0) else { return count }
      try transaction.execute(
        table.write,
        [.uuids(rows.map { $0.uuid(0) }), .byteStrings(try rows.map { try rewrapped($0.bytes(1)) })])
      (count, last) = (count + rows.count, end)
    }
  }

  private func rewrapped(_ wrapped: [UInt8]) throws -> [UInt8] { try new.wrap(old.unwrap(wrapped)) }
}
