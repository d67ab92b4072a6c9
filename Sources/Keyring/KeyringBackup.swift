import Contracts
import Crypto
import Foundation
import JSON
import Postgres

/// The keyring as a file, to be kept apart from all other backups, and to expire: whoever has an old one and the master
/// key can read what was sealed for contacts who were erased since.
///
/// Lines of JSON. The first holds what shows whether a master key fits, the last how many lines there are between and
/// their SHA-256; between them stands a key on each (`schemas/keyring`), wrapped.
package struct KeyringBackup: Sendable {
  private struct Opening: Codable {
    let format: String
    /// Unwraps under the right master key alone.
    let check: String
  }

  private struct Closing: Codable {
    let lines: Int
    let sha256: String
  }

  private static let format = "aigentable keyring 1"
  /// Lines that are read or put in at once.
  private static let part = 10_000

  private let pool: PostgresPool
  private let master: MasterKey

  package init(_ pool: PostgresPool, master: MasterKey) {
    self.pool = pool
    self.master = master
  }

  /// Hands the file's bytes to `sink` piece by piece, as of one moment; returns how many lines it has between the first
  /// and the last.
  package func write(_ sink: @escaping @Sendable ([UInt8]) throws -> Void) async throws -> Int {
    let check = hexadecimal(try master.wrap(SymmetricKey(size: .bits256)))
    try sink(try JSON.encode(Opening(format: Self.format, check: check)) + [0x0A])
    let closing = try await pool.withTransaction { transaction in
      try transaction.execute("set transaction isolation level repeatable read, read only")
      try transaction.execute(
        """
        declare keyring_lines no scroll cursor for
        select b.line from (
          select part, line from keyring.backup union all select 0, line from audit.backup
        ) as b
        order by b.part
        """)
      var (count, digest) = (0, SHA256())
      while true {
        let rows = try transaction.execute("fetch forward \(Self.part) from keyring_lines")
        if rows.isEmpty { break }
        let bytes = rows.reduce(into: [UInt8]()) { $0 += Array($1.text(0).utf8) + [0x0A] }
        digest.update(data: bytes)
        count += rows.count
        try sink(bytes)
      }
      return Closing(lines: count, sha256: hexadecimal(digest.finalize()))
    }
    try sink(try JSON.encode(closing) + [0x0A])
    return closing.lines
  }

  /// Puts keys in that are missing; those of contacts whose erasure this database knows stay away. All or nothing;
  /// returns how many came in. Let `ErasureReplay` run afterwards.
  ///
  /// - Throws: `KeyringError.wrongMasterKey`, or `.backup` when something of the file is missing or was changed.
  package func restore(_ file: Data) async throws -> Int {
    guard let end = file.dropLast().lastIndex(of: 0x0A), file.last == 0x0A,
      let start = file.firstIndex(of: 0x0A), start <= end,
      let opening = try? JSON.decode(Opening.self, from: Array(file[..<start])), opening.format == Self.format
    else { throw KeyringError.backup("it is no backup of a keyring, or its end is missing") }
    guard let check = opening.check.hexadecimalBytes else {
      throw KeyringError.backup("its first line was changed")
    }
    _ = try master.unwrap(check)
    let body = file[file.index(after: start)..<file.index(after: end)]
    let lines = body.split(separator: 0x0A)
    guard let closing = try? JSON.decode(Closing.self, from: Array(file[(end + 1)...].dropLast())),
      closing.lines == lines.count, closing.sha256 == hexadecimal(SHA256.hash(data: body))
    else { throw KeyringError.backup("a part of it is missing or was changed") }
    return try await pool.withTransaction { transaction in
      var count: Int64 = 0
      for start in stride(from: 0, to: lines.count, by: Self.part) {
        let texts = lines[start..<min(start + Self.part, lines.count)].map {
          String(decoding: $0, as: UTF8.self)
        }
        count += try transaction.execute("select keyring.restore($1)", [.texts(texts)])[0].int8(0)
      }
      return Int(count)
    }
  }
}
