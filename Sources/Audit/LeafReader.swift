import Contracts
import EventLog

/// Reads one partition through the log's contract as leaves, up to an end that was known when it began: unlike the
/// log's own reader it never waits for more.
struct LeafReader {
  /// At most this many events, with their values, are held at once.
  private static let batch = 1_024

  private let reader: any LogReader
  private let end: Offset
  private(set) var cursor: Cursor
  private var hasher = LeafHasher()

  init(_ log: any EventLog, from cursor: Cursor, to end: Offset) async throws {
    reader = try await log.reader(from: [cursor], types: nil)
    self.cursor = cursor
    self.end = end
  }

  var isAtEnd: Bool { cursor.offset >= end }

  /// At most `limit` leaves; none at the end, and perhaps none before it.
  mutating func next(limit: Int = batch) async throws -> [Leaf] {
    guard !isAtEnd else { return [] }
    let left = Int(clamping: end.rawValue - cursor.offset.rawValue)
    let batch = try await reader.next(limit: min(limit, Self.batch, left))
    if let moved = batch.cursors.last(where: { $0.partition == cursor.partition }) { cursor = moved }
    return batch.records.map { record in
      Leaf(event: record.event.id, offset: record.position.offset, hash: hasher.hash(record.event))
    }
  }

  func close() async { await reader.close() }
}
