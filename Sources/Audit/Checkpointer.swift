import Contracts
import Crypto
import EventLog
import FoundationEssentials
import Keyring
import Postgres

/// Extends the tree of every partition to the log's present end, signs the heads, and stores the checkpoint.
///
/// What was read once is not read again: a block is stored with every transaction, so that a run that was cancelled
/// or killed goes on where it stood. Two runs at once do no harm; one of them fails with `.concurrent`.
package struct Checkpointer: Sendable {
  private let log: any EventLog
  private let store: AuditStore
  private let master: MasterKey
  private let pace: SealingPace?

  /// - Parameter pace: holds it back for what is live; nil goes as fast as it can.
  package init(log: any EventLog, pool: PostgresPool, master: MasterKey, pace: SealingPace? = nil) {
    self.log = log
    store = AuditStore(pool: pool)
    self.master = master
    self.pace = pace
  }

  /// Refuses with `.inconsistent` to sign trees that do not contain what the last checkpoint signed.
  package func run(at time: Date) async throws -> (signed: SignedCheckpoint, checkpoint: Checkpoint) {
    let key = try await store.pool.withConnection { [master] in try SigningKey.load(master: master, on: $0) }
      .key
    let last = try await store.checkpoint(nil)
    guard last?.isSigned(by: key.publicKey) ?? true else {
      throw AuditError(.inconsistent, "the last checkpoint was not signed with the signing key")
    }
    let before = try last?.opened()
    var heads: [Checkpoint.Head] = []
    for topic in Topic.allCases {
      for (partition, end) in zip(log.layout.partitions(topic), try await log.ends(of: topic)) {
        let signed = before?.trees.first { $0.topicPartition == partition }
        heads.append(try await extend(partition, to: end, from: signed))
      }
    }
    let checkpoint = Checkpoint(
      number: (before?.number ?? 0) + 1, time: time.truncatedToMilliseconds, previous: last?.hash,
      trees: heads)
    let signed = try SignedCheckpoint(checkpoint, key: key)
    try await store.add(signed, number: checkpoint.number)
    return (signed, checkpoint)
  }

  private func extend(
    _ partition: TopicPartition, to end: Offset, from signed: Checkpoint.Head?
  ) async throws -> Checkpoint.Head {
    let full = Int64(AuditStore.blockSize)
    var (size, cursor) = try await store.tree(partition)
    var number = size / full
    var leaves = try await leaves(partition, behind: size)
    var edge = try await edge(of: partition, size: size, leaves: leaves, signed: signed)

    var reader: LeafReader?
    while cursor.offset < end {
      let start = Surroundings.now
      if reader == nil { reader = try await LeafReader(log, from: cursor, to: end) }
      let limit = min(Int(full) - leaves.count, pace?.part ?? .max)
      guard let read = try await reader?.next(limit: limit) else { break }
      leaves += read
      cursor = reader?.cursor ?? cursor
      for leaf in read {
        edge.append(leaf.hash)
        if edge.size == signed?.size, edge.root != signed?.root { throw Self.notWhatWasSigned(partition) }
      }
      if leaves.count == Int(full) || cursor.offset >= end, edge.size > size {
        try await store.extend(partition, from: size, block: number, leaves: leaves, to: cursor)
        size = edge.size
        if leaves.count == Int(full) { (number, leaves) = (number + 1, []) }
      }
      try await pace?.rest(after: Surroundings.now - start)
    }
    await reader?.close()
    guard size >= signed?.size ?? 0 else { throw Self.notWhatWasSigned(partition) }
    return Checkpoint.Head(
      topic: partition.topic, partition: partition.partition.rawValue, size: size, root: edge.root)
  }

  /// The right edge of a stored tree. Where it reaches as far as the head that was signed, it must contain it; where
  /// the tables were lost, it is made again from the log, and compared on the way.
  private func edge(
    of partition: TopicPartition, size: Int64, leaves: [Leaf], signed: Checkpoint.Head?
  ) async throws -> MerkleEdge {
    let full = Int64(AuditStore.blockSize)
    let roots = try await store.roots(partition, count: size / full)
    guard roots.count == size / full, leaves.count == size % full else {
      throw AuditError(.inconsistent, "blocks are missing from the tree of \(partition); run: audit verify")
    }
    var edge = MerkleEdge()
    if let signed, signed.size <= size {
      for root in roots.prefix(Int(signed.size / full)) { edge.append(root, leaves: full) }
      var then = edge
      for leaf in try await self.leaves(partition, behind: signed.size) { then.append(leaf.hash) }
      guard then.root == signed.root else { throw Self.notWhatWasSigned(partition) }
    }
    for root in roots.dropFirst(Int(edge.size / full)) { edge.append(root, leaves: full) }
    for leaf in leaves { edge.append(leaf.hash) }
    return edge
  }

  /// The leaves of a tree of `size` that stand behind its last full block.
  private func leaves(_ partition: TopicPartition, behind size: Int64) async throws -> [Leaf] {
    let full = Int64(AuditStore.blockSize)
    guard size % full > 0 else { return [] }
    let block = try await store.block(partition, size / full)
    return Array((block?.leaves ?? []).prefix(Int(size % full)))
  }

  private static func notWhatWasSigned(_ partition: TopicPartition) -> AuditError {
    AuditError(.inconsistent, "the tree of \(partition) is not the one that was signed; run: audit verify")
  }
}
