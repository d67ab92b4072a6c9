import Contracts
import EventLog
import Postgres
import Synchronization

/// Reads by offset range, one query for all partitions; holds no connection and no rows between calls.
final class PostgresLogReader: LogReader {
  private let pool: PostgresPool
  private let signal: LogSignal
  private let topics: Set<Topic>
  private let types: [String]?
  /// In the order in which partitions are asked; it turns with every call, so that none is starved.
  private let cursors: Mutex<[Cursor]>

  /// How long a reader sleeps when no wake-up reaches it; covers a NOTIFY that was lost.
  private static let longestSleep = Duration.milliseconds(500)

  init(pool: PostgresPool, signal: LogSignal, cursors: [Cursor], types: Set<EventType>?) {
    self.pool = pool
    self.signal = signal
    self.types = types.map { $0.map(\.rawValue).sorted() }
    topics = Set(cursors.map(\.partition.topic))
    self.cursors = Mutex(cursors)
  }

  func next(limit: Int) async throws -> LogBatch {
    while true {
      try Task.checkCancellation()
      let seen = signal.counts(topics)
      let from = cursors.withLock { cursors in
        if cursors.count > 1 { cursors.append(cursors.removeFirst()) }
        return cursors
      }
      guard !from.isEmpty else {
        throw EventLogError(.closed, "the reader has no partitions or was closed")
      }
      let types = types
      let batch: LogBatch
      do {
        batch = try await pool.withConnection { connection in
          try LogStatements.read(from, limit: limit, types: types, on: connection)
        }
      } catch let error as PostgresError { throw EventLogError(wrapping: error) }
      if !batch.cursors.isEmpty {
        let moved = Dictionary(uniqueKeysWithValues: batch.cursors.map { ($0.partition, $0) })
        cursors.withLock { cursors in
          for index in cursors.indices {
            if let cursor = moved[cursors[index].partition] { cursors[index] = cursor }
          }
        }
        return batch
      }
      await sleepUntilWoken(after: seen)
    }
  }

  private func sleepUntilWoken(after seen: [Topic: UInt64]) async {
    await withTaskGroup { group in
      group.addTask { [signal, topics] in await signal.wait(for: topics, after: seen) }
      group.addTask { try? await Task.sleep(for: Self.longestSleep) }
      await group.next()
      group.cancelAll()
    }
  }

  func close() async { cursors.withLock { $0.removeAll() } }
}
