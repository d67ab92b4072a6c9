import Contracts
import Crypto
import Foundation
import Keyring
import LZ4
import Postgres

/// Copies what a snapshot holds into files of a folder, in one transaction, so that all of it is of one moment.
struct SnapshotDump: Sendable {
  private let name: String
  private let folder: URL

  init(_ name: String, into folder: URL) {
    self.name = name
    self.folder = folder
  }

  /// Where a part lies until it is put.
  static func file(of part: Snapshot.Part, in folder: URL) -> URL {
    folder.appendingPathComponent(part.object.split(separator: "/").dropFirst(2).joined(separator: "-"))
  }

  /// - Returns: also the names of all files and parts of documents.
  func run(in transaction: Transaction) throws -> (snapshot: Snapshot, files: [String]) {
    try transaction.execute("set transaction isolation level repeatable read, read only")
    let tables = try transaction.execute("select name, copy_out, copy_in from privacy.snapshot_tables()")
      .map { (name: $0.text(0), out: $0.text(1), in: $0.text(2)) }
    let copied = try tables.map { table in
      Snapshot.Table(
        name: table.name, copyIn: table.in, parts: try copy(table.name, table.out, transaction.connection))
    }
    let files = try transaction.execute("select name from privacy.snapshot_files() order by name").map {
      $0.text(0)
    }
    let chunks = try transaction.execute(
      """
      select v.chunk_tokens, v.overlap_tokens from knowledge.live as l
      join knowledge.version as v on v.version = l.version
      """
    ).first.map { Snapshot.Chunks(tokens: Int($0.int4(0)), overlap: Int($0.int4(1))) }
    let list = try write(Array(files.map { "\($0)\n" }.joined().utf8), rows: files.count, of: "files", 0)
    return (
      Snapshot(format: Snapshot.format, name: name, chunks: chunks, tables: copied, files: [list]), files
    )
  }

  private func copy(_ table: String, _ statement: String, _ connection: PostgresConnection) throws
    -> [Snapshot.Part]
  {
    var parts: [Snapshot.Part] = []
    var (bytes, rows): ([UInt8], Int) = ([], 0)
    try connection.copyOut(statement) { tuple in
      bytes += tuple
      rows += 1
      guard bytes.count >= Snapshot.partBytes else { return }
      parts.append(try write(bytes, rows: rows, of: table, parts.count))
      (bytes, rows) = ([], 0)
    }
    if rows > 0 { parts.append(try write(bytes, rows: rows, of: table, parts.count)) }
    return parts
  }

  private func write(_ bytes: [UInt8], rows: Int, of table: String, _ number: Int) throws -> Snapshot.Part {
    let frame = LZ4Encoder.frame(bytes)
    let digits = String(number)
    let part = Snapshot.Part(
      object:
        "\(Snapshot.folder)\(name)/\(table)/\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).lz4",
      sha256: hexadecimal(SHA256.hash(data: frame)), rows: rows)
    try Data(frame).write(to: Self.file(of: part, in: folder))
    return part
  }
}
