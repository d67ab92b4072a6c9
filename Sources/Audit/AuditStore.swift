import Contracts
import EventLog
import Keyring
import Postgres

/// The tables of `schemas/audit`. What it reads may have been tampered with: nothing rests on it before it was held
/// against a signature.
struct AuditStore: Sendable {
  /// Leaves of a full block.
  static let blockSize = 1_024
  let pool: PostgresPool

  /// How far the tree of `partition` reaches, and where reading goes on.
  func tree(_ partition: TopicPartition) async throws -> (size: Int64, cursor: Cursor) {
    try await pool.withConnection { connection in
      let rows = try connection.execute(
        "select size, next_offset, sequence from audit.tree where topic = $1 and partition = $2",
        partition.parameters)
      guard let row = rows.first else { return (0, Cursor(partition)) }
      let sequence = row.optional(2, PostgresRow.int8)
      return (row.int8(0), Cursor(partition, Offset(max(0, row.int8(1))), sequence: sequence))
    }
  }

  /// The roots of the first `count` blocks; fewer when there are not so many full ones without a gap.
  func roots(_ partition: TopicPartition, count: Int64) async throws -> [MerkleHash] {
    try await pool.withConnection { connection in
      let rows = try connection.execute(
        """
        select root, number from audit.block
        where topic = $1 and partition = $2 and number < $3 and root is not null order by number
        """, partition.parameters + [.int8(count)])
      return rows.enumerated().prefix { Int64($0.offset) == $0.element.int8(1) }
        .compactMap { MerkleHash($0.element.bytes(0)) }
    }
  }

  /// The leaves of one block, and the root that stands beside them.
  struct Block: Sendable {
    let leaves: [Leaf]
    let root: MerkleHash?
  }

  /// nil when there is none or it is malformed.
  func block(_ partition: TopicPartition, _ number: Int64) async throws -> Block? {
    try await pool.withConnection { connection -> Block? in
      let rows = try connection.execute(
        "select places, hashes, root from audit.block where topic = $1 and partition = $2 and number = $3",
        partition.parameters + [.int8(number)])
      guard let row = rows.first, let leaves = [Leaf](places: row.bytes(0), hashes: row.bytes(1)) else {
        return nil
      }
      return Block(leaves: leaves, root: row.optional(2, PostgresRow.bytes).flatMap { MerkleHash($0) })
    }
  }

  /// Moves a tree of `size` leaves on to `cursor`, with its last block now holding `leaves`.
  func extend(
    _ partition: TopicPartition, from size: Int64, block number: Int64, leaves: [Leaf], to cursor: Cursor
  ) async throws {
    let grown = number * Int64(Self.blockSize) + Int64(leaves.count)
    let root = leaves.count == Self.blockSize ? MerkleTree.root(leaves.map(\.hash)) : nil
    try await pool.withTransaction { transaction in
      let moved = try transaction.execute(
        size == 0
          ? """
          insert into audit.tree (topic, partition, size, next_offset, sequence)
          select $1, $2, $4, $5, $6 where $3 = 0::bigint on conflict do nothing
          """
          : """
          update audit.tree set size = $4, next_offset = $5, sequence = $6
          where topic = $1 and partition = $2 and size = $3
          """,
        partition.parameters + [
          .int8(size), .int8(grown), .int8(cursor.offset.rawValue),
          cursor.sequence.map { .int8($0) } ?? .null,
        ])
      guard moved.affected == 1 else {
        throw AuditError(.concurrent, "another process extends the tree of \(partition)")
      }
      try transaction.execute(
        """
        insert into audit.block (topic, partition, number, places, hashes, root) values ($1, $2, $3, $4, $5, $6)
        on conflict (topic, partition, number)
        do update set places = excluded.places, hashes = excluded.hashes, root = excluded.root
        """,
        partition.parameters + [
          .int8(number), .bytes(leaves.places), .bytes(leaves.hashes), root.map { .bytes($0.bytes) } ?? .null,
        ])
    }
  }

  /// All checkpoints with the numbers under which they are stored, in order.
  func checkpoints(after number: Int64 = 0) async throws -> [(number: Int64, checkpoint: SignedCheckpoint)] {
    try await pool.withConnection { connection in
      try connection.execute(
        "select number, body, signature from audit.checkpoint where number > $1 order by number",
        [.int8(number)]
      ).map { row in
        (row.int8(0), SignedCheckpoint(body: row.text(1), signature: hexadecimal(row.bytes(2))))
      }
    }
  }

  /// The checkpoint `number`, or the last one.
  func checkpoint(_ number: Int64?) async throws -> SignedCheckpoint? {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select body, signature from audit.checkpoint where $1::bigint is null or number = $1
        order by number desc limit 1
        """, [number.map { .int8($0) } ?? .null]
      ).first.map { SignedCheckpoint(body: $0.text(0), signature: hexadecimal($0.bytes(1))) }
    }
  }

  func add(_ signed: SignedCheckpoint, number: Int64) async throws {
    try await pool.withTransaction { transaction in
      let added = try transaction.execute(
        "insert into audit.checkpoint (number, body, signature) values ($1, $2, $3) on conflict do nothing",
        [.int8(number), .text(signed.body), .bytes([UInt8](hexadecimal: signed.signature) ?? [])])
      guard added.affected == 1 else {
        throw AuditError(.concurrent, "another process made checkpoint \(number)")
      }
    }
  }

  /// How far all trees together reach into the log.
  func reached() async throws -> Int64 {
    try await pool.withConnection {
      try $0.execute("select coalesce(sum(next_offset), 0)::bigint from audit.tree")[0].int8(0)
    }
  }

  func find(_ event: EventID) async throws -> (partition: TopicPartition, leaf: Int64)? {
    try await pool.withConnection { connection in
      let rows = try connection.execute(
        "select topic, partition, leaf from audit.find($1)", [.uuid(event.uuid)])
      guard let row = rows.first, let topic = Topic(number: row.int2(0)) else { return nil }
      return (TopicPartition(topic, Partition(row.int4(1))), row.int8(2))
    }
  }
}

extension TopicPartition {
  fileprivate var parameters: [PostgresParameter] { [.int2(topic.number), .int4(partition.rawValue)] }
}
