import Contracts
import EventLog
import FoundationEssentials

/// The leaves that are stored of a partition, block after block.
struct StoredLeaves {
  private let store: AuditStore
  private let partition: TopicPartition
  private var number: Int64 = 0
  private var isAtEnd = false
  /// Behind the last that was given.
  private(set) var reached = Offset.zero
  /// Blocks whose own root is not that of their leaves.
  private(set) var differences: [Difference] = []
  var blocks = BlockRoots()

  init(_ store: AuditStore, _ partition: TopicPartition) {
    self.store = store
    self.partition = partition
  }

  /// nil after the last block, or before one that is missing.
  mutating func next() async throws -> [Leaf]? {
    guard !isAtEnd, let block = try await store.block(partition, number) else {
      isAtEnd = true
      return nil
    }
    isAtEnd = block.leaves.count < AuditStore.blockSize
    if !isAtEnd, blocks.root(of: block.leaves.map(\.hash), at: number) != block.root {
      differences.append(
        Difference(
          .tables, in: partition, at: block.leaves.first,
          "the root of block \(number) is not that of its leaves"))
    }
    number += 1
    if let last = block.leaves.last { reached = last.offset.advanced(by: 1) }
    return block.leaves
  }
}

extension Leaf {
  /// Whether an event of `inbound`, whose id tells its time (UUID version 7), may have been removed by now.
  func isExpired(at now: Date) -> Bool {
    let bytes = withUnsafeBytes(of: event.uuid.uuid) { Array($0) }
    let milliseconds = bytes[..<6].reduce(0) { $0 << 8 | Int64($1) }
    return bytes[6] >> 4 == 7 && milliseconds < now.microseconds / 1_000 - Self.inboundMilliseconds
  }

  /// How long `inbound` is kept: 30 days.
  private static var inboundMilliseconds: Int64 { 30 * 86_400_000 }
}
