import Contracts
import Crypto
import Foundation
import Keyring
import ObjectStore
import Postgres

/// Files of messages and parts of documents, as they lie in the database and in an archive: `blob/<hash>` and
/// `document/<id>/<ordinal>`. All are sealed.
struct StoredFiles: Sendable {
  /// So many are on their way at once.
  private static let width = 8

  let pool: PostgresPool
  let store: any ObjectStore

  /// Puts those of `names` that are in the database into the archive; returns how many.
  func put(_ names: [String]) async throws -> Int {
    try await forEach(names) { name in
      guard let bytes = try await read(name) else { return false }
      try await store.put(bytes, at: name)
      return true
    }
  }

  /// Puts those of `names` that are in the archive into the database; returns how many.
  func load(_ names: [String]) async throws -> Int {
    try await forEach(names) { name in
      guard let bytes = try await store.get(name) else { return false }
      try await write(bytes, name)
      return true
    }
  }

  private enum Place {
    case blob(hash: [UInt8])
    case part(document: UUID, ordinal: Int32)

    init(_ name: String) throws {
      let parts = name.split(separator: "/").map(String.init)
      if parts.count == 2, parts[0] == "blob", let hash = parts[1].hexadecimalBytes {
        self = .blob(hash: hash)
      } else if parts.count == 3, parts[0] == "document", let id = UUID(uuidString: parts[1]),
        let ordinal = Int32(parts[2])
      {
        self = .part(document: id, ordinal: ordinal)
      } else {
        throw BackupError("'\(name)' is the name of no file")
      }
    }
  }

  private func read(_ name: String) async throws -> [UInt8]? {
    let place = try Place(name)
    return try await pool.withConnection { connection in
      switch place {
      case .blob(let hash):
        try connection.execute("select bytes from knowledge.blob where hash = $1", [.bytes(hash)]).first?
          .bytes(0)
      case .part(let document, let ordinal):
        try connection.execute(
          "select sealed from knowledge.part where stored = $1 and ordinal = $2",
          [.uuid(document), .int4(ordinal)]
        ).first?.bytes(0)
      }
    }
  }

  private func write(_ bytes: [UInt8], _ name: String) async throws {
    let place = try Place(name)
    try await pool.withConnection { connection in
      switch place {
      case .blob(let hash):
        guard Array(SHA256.hash(data: bytes)) == hash else {
          throw BackupError("\(name) was changed in the archive")
        }
        _ = try connection.execute(
          "insert into knowledge.blob (hash, bytes) values ($1, $2) on conflict do nothing",
          [.bytes(hash), .bytes(bytes)])
      case .part(let document, let ordinal):
        _ = try connection.execute(
          "insert into knowledge.part (stored, ordinal, sealed) values ($1, $2, $3) on conflict do nothing",
          [.uuid(document), .int4(ordinal), .bytes(bytes)])
      }
    }
  }

  private func forEach(_ names: [String], _ work: @escaping @Sendable (String) async throws -> Bool)
    async throws -> Int
  {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      var (count, rest) = (0, names[...])
      for name in rest.prefix(Self.width) { group.addTask { try await work(name) } }
      rest = rest.dropFirst(Self.width)
      while let done = try await group.next() {
        if done { count += 1 }
        if let name = rest.popFirst() { group.addTask { try await work(name) } }
      }
      return count
    }
  }
}
