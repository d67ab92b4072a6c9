import Contracts

/// Reads one partition up to an end that was known when it began: unlike the log's own reader it never waits for more.
/// For one task at a time.
package struct PartitionScan {
  private let reader: any LogReader
  private let end: Offset
  /// Behind what was read.
  package private(set) var cursor: Cursor

  /// - Parameter types: others are passed over without their values being fetched.
  package init(_ log: any ReadableLog, from cursor: Cursor, to end: Offset, types: Set<EventType>? = nil)
    async throws
  {
    reader = try await log.reader(from: [cursor], types: types)
    self.cursor = cursor
    self.end = end
  }

  package var isAtEnd: Bool { cursor.offset >= end }

  /// The next records, at most `limit`, perhaps none; nil at the end, where the reader is closed.
  package mutating func next(limit: Int = 2_000) async throws -> [Record]? {
    guard !isAtEnd else {
      await reader.close()
      return nil
    }
    let batch: LogBatch
    do {
      let left = Int(clamping: end.rawValue - cursor.offset.rawValue)
      batch = try await reader.next(limit: max(1, min(left, limit)))
    } catch {
      await reader.close()
      throw error
    }
    if let moved = batch.cursors.last(where: { $0.partition == cursor.partition }) { cursor = moved }
    guard let last = batch.records.last, last.position.offset >= end else { return batch.records }
    return batch.records.filter { $0.position.offset < end }
  }

  /// For whoever stops before the end.
  package func close() async { await reader.close() }
}
