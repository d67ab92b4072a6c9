import Contracts
import Crypto
import Foundation
import Postgres

/// The bytes of documents, in parts that are sealed with the tenant's key (A256GCM), so that neither storing
/// nor reading one holds it whole in memory.
package enum DocumentStore {
  /// The largest document, in bytes.
  package static let maximumBytes = 100 << 20
  package static let partBytes = 1 << 20

  /// A document that is being handed in. Every part is committed by itself: a client may take its time.
  package struct Upload: Sendable {
    package let id = UUID.version7()
    private let tenant: TenantID
    private let key: SealingKey
    private var hash = SHA256()
    private var pending: [UInt8] = []
    private var ordinal: Int32 = 0
    package private(set) var bytes = 0

    package init(tenant: TenantID, key: SealingKey) {
      self.tenant = tenant
      self.key = key
    }

    /// - Throws: `PostgresError`. More than `maximumBytes` is the caller's to refuse.
    package mutating func add(_ more: some Collection<UInt8>, to pool: PostgresPool) async throws {
      pending += more
      bytes += more.count
      while pending.count >= DocumentStore.partBytes {
        try await store(Array(pending.prefix(DocumentStore.partBytes)), pool)
        pending.removeFirst(DocumentStore.partBytes)
      }
    }

    /// Stores what is left. Returns the SHA-256 of the whole; `keep` makes it last.
    package mutating func finish(_ pool: PostgresPool) async throws -> [UInt8] {
      if !pending.isEmpty || ordinal == 0 { try await store(pending, pool) }
      pending = []
      return Array(hash.finalize())
    }

    /// Names the whole by its hash. One that the tenant has already is kept once.
    package func keep(hash: [UInt8], in transaction: Transaction) throws {
      let isKnown =
        try transaction.execute(
          "select from knowledge.stored where tenant = $1 and hash = $2 for update",
          [.uuid(tenant.uuid), .bytes(hash)]
        ).isEmpty == false
      if isKnown {
        try transaction.execute("delete from knowledge.stored where id = $1", [.uuid(id)])
      } else {
        try transaction.execute(
          "update knowledge.stored set hash = $2, bytes = $3 where id = $1",
          [.uuid(id), .bytes(hash), .int8(Int64(bytes))])
      }
    }

    /// Deletes what was handed in so far, unless it was kept.
    package func discard(_ pool: PostgresPool) async throws {
      try await pool.withConnection { [id] in
        _ = try $0.execute("delete from knowledge.stored where id = $1 and hash is null", [.uuid(id)])
      }
    }

    private mutating func store(_ part: [UInt8], _ pool: PostgresPool) async throws {
      hash.update(data: part)
      let sealed = try DocumentStore.seal(part, key, of: id, ordinal)
      let (id, tenant, number) = (id, tenant, ordinal)
      try await pool.withTransaction { transaction in
        if number == 0 {
          try transaction.execute(
            "insert into knowledge.stored (id, tenant, bytes, begun_at) values ($1, $2, 0, now())",
            [.uuid(id), .uuid(tenant.uuid)])
        }
        try transaction.execute(
          "insert into knowledge.part (stored, ordinal, sealed) values ($1, $2, $3)",
          [.uuid(id), .int4(number), .bytes(sealed)])
      }
      ordinal += 1
    }
  }

  /// A whole document at once, for small ones.
  package static func put(
    _ bytes: [UInt8], tenant: TenantID, key: SealingKey, in transaction: Transaction
  ) throws -> [UInt8] {
    let hash = Array(SHA256.hash(data: bytes))
    let id = UUID.version7()
    let made = try transaction.execute(
      """
      insert into knowledge.stored (id, tenant, hash, bytes, begun_at) values ($1, $2, $3, $4, now())
      on conflict do nothing returning id
      """, [.uuid(id), .uuid(tenant.uuid), .bytes(hash), .int8(Int64(bytes.count))])
    guard !made.isEmpty else { return hash }
    for (ordinal, start) in stride(from: 0, to: max(1, bytes.count), by: partBytes).enumerated() {
      let part = Array(bytes[start..<min(bytes.count, start + partBytes)])
      try transaction.execute(
        "insert into knowledge.part (stored, ordinal, sealed) values ($1, $2, $3)",
        [.uuid(id), .int4(Int32(ordinal)), .bytes(seal(part, key, of: id, Int32(ordinal)))])
    }
    return hash
  }

  /// Calls `take` with the parts in their order; false when there is no such document.
  package static func read(
    hash: [UInt8], tenant: TenantID, key: SealingKey, from pool: PostgresPool,
    _ take: ([UInt8]) throws -> Void
  ) async throws -> Bool {
    let id = try await pool.withConnection { connection in
      try connection.execute(
        "select id from knowledge.stored where tenant = $1 and hash = $2", [.uuid(tenant.uuid), .bytes(hash)]
      ).first?.uuid(0)
    }
    guard let id else { return false }
    var ordinal: Int32 = 0
    while true {
      let number = ordinal
      let sealed = try await pool.withConnection { connection in
        try connection.execute(
          "select sealed from knowledge.part where stored = $1 and ordinal = $2", [.uuid(id), .int4(number)]
        ).first?.bytes(0)
      }
      guard let sealed else { return true }
      try take(try open(sealed, key, of: id, number))
      ordinal += 1
    }
  }

  /// Deletes what nobody finished handing in since `time`.
  package static func sweep(before time: Date, in transaction: Transaction) throws {
    try transaction.execute(
      "delete from knowledge.stored where hash is null and begun_at < $1", [.timestamp(time)])
  }

  /// Bound to its place, so that parts cannot be exchanged.
  private static func seal(
    _ part: [UInt8], _ key: SealingKey, of id: UUID, _ ordinal: Int32
  ) throws -> [UInt8] {
    let box = try AES.GCM.seal(part, using: key.key, authenticating: Array("\(id) \(ordinal)".utf8))
    return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
  }

  private static func open(
    _ sealed: [UInt8], _ key: SealingKey, of id: UUID, _ ordinal: Int32
  ) throws -> [UInt8] {
    let box = try AES.GCM.SealedBox(combined: sealed)
    return try Array(AES.GCM.open(box, using: key.key, authenticating: Array("\(id) \(ordinal)".utf8)))
  }
}
