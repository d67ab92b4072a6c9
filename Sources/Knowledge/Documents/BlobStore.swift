import Postgres

/// Small things, under their SHA-256; who puts them in has sealed them.
package enum BlobStore {
  package static func put(_ bytes: [UInt8], hash: [UInt8], in transaction: Transaction) throws {
    try transaction.execute(
      "insert into knowledge.blob (hash, bytes) values ($1, $2) on conflict do nothing",
      [.bytes(hash), .bytes(bytes)])
  }

  package static func get(hash: [UInt8], in transaction: Transaction) throws -> [UInt8]? {
    try transaction.execute("select bytes from knowledge.blob where hash = $1", [.bytes(hash)])
      .first?.bytes(0)
  }
}
