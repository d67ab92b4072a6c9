import Contracts
import EventLog

/// The audit paths of one partition's tree as a checkpoint signed it. Holds the roots of all blocks, and one block.
/// For one task at a time.
final class TreePaths {
  let head: Checkpoint.Head
  private let store: AuditStore
  private var tops: MerkleLevels?
  private var block: Block?
  private static let full = Int64(AuditStore.blockSize)

  private struct Block {
    let number: Int64
    let leaves: [Leaf]
    var levels: MerkleLevels?
  }

  init(_ head: Checkpoint.Head, _ store: AuditStore) {
    self.head = head
    self.store = store
  }

  /// The tree above the blocks.
  private func levels() async throws -> MerkleLevels {
    if let tops { return tops }
    let place = head.topicPartition
    let whole = head.size / Self.full
    let rest = Int(head.size % Self.full)
    var roots = try await store.roots(place, count: whole)
    let last = try await store.block(place, whole)
    if rest > 0, let last { roots.append(MerkleTree.root(last.leaves.prefix(rest).map(\.hash))) }
    guard Int64(roots.count) == (head.size + Self.full - 1) / Self.full else {
      throw AuditError(.inconsistent, "blocks are missing from the tree of \(place); run: audit verify")
    }
    let levels = MerkleLevels(roots)
    tops = levels
    return levels
  }

  /// The leaf of this number, below the head's size.
  func leaf(_ number: Int64) async throws -> Leaf {
    if block?.number != number / Self.full {
      let place = head.topicPartition
      let stored = try await store.block(place, number / Self.full)
      let first = number / Self.full * Self.full
      block = Block(
        number: number / Self.full,
        leaves: Array((stored?.leaves ?? []).prefix(Int(min(Self.full, head.size - first)))))
    }
    guard let leaves = block?.leaves, leaves.count > number % Self.full else {
      throw AuditError(
        .inconsistent, "leaves are missing from the tree of \(head.topicPartition); run: audit verify")
    }
    return leaves[Int(number % Self.full)]
  }

  /// The path of the event that is this leaf.
  func path(of event: Event, _ number: Int64, _ hasher: inout LeafHasher) async throws
    -> [MerkleHash]
  {
    _ = try await leaf(number)
    let tops = try await self.levels()
    if let block, block.levels == nil { self.block?.levels = MerkleLevels(block.leaves.map(\.hash)) }
    guard let levels = block?.levels else { return [] }
    let path = levels.path(to: Int(number % Self.full)) + tops.path(to: Int(number / Self.full))
    guard
      MerkleTree.root(of: hasher.hash(event), index: number, size: head.size, path: path) == head.root
    else {
      throw AuditError(.inconsistent, "event \(event.id) is not as it was signed; run: audit verify")
    }
    return path
  }
}
