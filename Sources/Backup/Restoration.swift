import Contracts
import Crypto
import Foundation
import Keyring
import LZ4
import ObjectStore
import Postgres

/// Makes of an empty database what it was when a snapshot was made: from the archive and a backup of the keyring alone.
/// Read models and the index of documents are made anew from the log afterwards, and `ErasureReplay` must run before
/// anything does.
///
/// The rows come in by one transaction at the end: a run that is killed before is done again from the start.
package struct Restoration: Sendable {
  package struct Report: Sendable {
    package let keys: Int
    package let rows: Int
    package let files: Int
    /// Files that were let go of since, so that the archive has them no more.
    package let missing: Int
  }

  private let pool: PostgresPool
  private let store: any ObjectStore
  private let master: MasterKey

  /// - Parameter pool: of a database that is migrated and in which nothing has happened.
  package init(pool: PostgresPool, store: any ObjectStore, master: MasterKey) {
    self.pool = pool
    self.store = store
    self.master = master
  }

  /// - Parameter keyring: what `KeyringBackup` wrote.
  package func run(_ name: String, keyring: Data) async throws -> (snapshot: Snapshot, report: Report) {
    try await pool.withConnection { connection in
      guard try connection.execute("select privacy.is_untouched()")[0].bool(0) else {
        throw BackupError("this database holds a log already; a snapshot is put into an empty one")
      }
    }
    let snapshot = try await Snapshot.load(name, from: store)
    let keys = try await KeyringBackup(pool, master: master).restore(keyring)
    let spool = try Spool.make()
    defer { Spool.remove(spool) }
    for table in snapshot.tables { for part in table.parts { try await fetch(part, into: spool) } }
    var names: [String] = []
    for part in snapshot.files {
      try await fetch(part, into: spool)
      names += String(decoding: try Self.content(of: part, in: spool), as: UTF8.self).split(separator: "\n")
        .map(String.init)
    }
    let blobs = names.filter { $0.hasPrefix("blob/") }
    var files = try await StoredFiles(pool: pool, store: store).load(blobs)
    let rows = try await pool.withTransaction { transaction in
      // Topics may have been made; what they are is in the snapshot.
      try transaction.execute("delete from log.topic")
      return try snapshot.tables.reduce(0) { sum, table in
        try table.parts.reduce(sum) { sum, part in
          let bytes = BinaryBuffer(try Self.content(of: part, in: spool))
          let count = try transaction.connection.copyIn(table.copyIn, rows: bytes)
          guard count == part.rows else {
            throw BackupError("\(part.object) has \(count) rows of \(part.rows)")
          }
          return sum + count
        }
      }
    }
    // Parts belong to the documents that have just come.
    files += try await StoredFiles(pool: pool, store: store).load(names.filter { !$0.hasPrefix("blob/") })
    return (snapshot, Report(keys: keys, rows: rows, files: files, missing: names.count - files))
  }

  private func fetch(_ part: Snapshot.Part, into folder: URL) async throws {
    guard let bytes = try await store.get(part.object) else {
      throw BackupError("\(part.object) is not in the archive")
    }
    guard hexadecimal(SHA256.hash(data: bytes)) == part.sha256 else {
      throw BackupError("\(part.object) was changed since it was archived")
    }
    try Data(bytes).write(to: SnapshotDump.file(of: part, in: folder))
  }

  private static func content(of part: Snapshot.Part, in folder: URL) throws -> [UInt8] {
    let frame = Array(try Data(contentsOf: SnapshotDump.file(of: part, in: folder)))
    return try LZ4Decoder.content(of: frame, atMost: 1 << 30)
  }
}
