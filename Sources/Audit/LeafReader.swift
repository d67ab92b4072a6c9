import Contracts
import EventLog

/// A scan of one partition as leaves.
struct LeafReader {
  /// At most this many events, with their values, are held at once.
  private static let batch = 1_024

  private var scan: PartitionScan
  private var hasher = LeafHasher()

  init(_ log: any ReadableLog, from cursor: Cursor, to end: Offset) async throws {
    scan = try await PartitionScan(log, from: cursor, to: end)
  }

  var cursor: Cursor { scan.cursor }
  var isAtEnd: Bool { scan.isAtEnd }

  /// At most `limit` leaves; none at the end, and perhaps none before it.
  mutating func next(limit: Int = batch) async throws -> [Leaf] {
    try await (scan.next(limit: min(limit, Self.batch)) ?? []).map { record in
      Leaf(event: record.event.id, offset: record.position.offset, hash: hasher.hash(record.event))
    }
  }

  func close() async { await scan.close() }
}
