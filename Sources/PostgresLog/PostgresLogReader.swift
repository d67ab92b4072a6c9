import Contracts
import EventLog
import ObjectStore
import Postgres
import Synchronization

/// Reads from the process's tail of the log, and by offset range from Postgres where it stands before that; holds
/// no connection and no rows between calls.
final class PostgresLogReader: LogReader {
  private let pool: PostgresPool
  private let signal: LogSignal
  private let tail: LogTail
  private let archive: (any ObjectStore)?
  /// Read to its end before anything else is taken from the archive.
  private let part = Mutex<ArchivedPart?>(nil)
  private let topics: Set<Topic>
  private let types: Set<EventType>?
  /// Told of what is damaged, which is then read as far as it can be; nil: reading fails there.
  private let onDamage: (@Sendable (LogDamage) -> Void)?
  /// In the order in which partitions are asked; it turns with every call, so that none is starved.
  private let cursors: Mutex<[Cursor]>

  /// How long a reader sleeps when no wake-up reaches it; covers a NOTIFY that was lost.
  static let longestSleep = Duration.milliseconds(500)

  init(
    pool: PostgresPool, signal: LogSignal, tail: LogTail, archive: (any ObjectStore)?, cursors: [Cursor],
    types: Set<EventType>?, onDamage: (@Sendable (LogDamage) -> Void)? = nil
  ) {
    self.pool = pool
    self.onDamage = onDamage
    self.archive = archive
    self.signal = signal
    self.tail = tail
    self.types = types
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
      let batch: LogBatch
      switch tail.look(at: from, limit: limit, types: types) {
      case .batch(let held): batch = held
      case .fetch(let far):
        if let held = heldBatch(far, limit: limit) {
          batch = held
          break
        }
        let archived: [TopicPartition: Offset]
        (batch, archived) = try await read(far, limit: limit, types: types)
        // One segment after the other, by turns with what is here.
        if let cursor = far.first(where: { archived[$0.partition] != nil }) {
          let passed = try await take(cursor, until: archived[cursor.partition] ?? cursor.offset)
          if batch.cursors.isEmpty {
            if let passed {
              move(to: passed.cursors)
              return passed
            }
            continue
          }
          break
        }
        let ends = Self.ends(of: batch, from: far, limit: limit)
        if batch.cursors.isEmpty {
          if !tail.begin(at: ends) { await sleepUntilWoken(after: seen) }
          continue
        }
        tail.begin(at: ends)
      case .fill(let topic):
        if let fill = tail.beginFill(topic) {
          try await perform(fill)
        } else {
          await sleepUntilWoken(after: seen)
        }
        continue
      case .wait:
        await sleepUntilWoken(after: seen)
        continue
      }
      move(to: batch.cursors)
      return batch
    }
  }

  /// The ends of these partitions, when fewer offsets were passed than asked for.
  private static func ends(of batch: LogBatch, from: [Cursor], limit: Int) -> [Cursor] {
    let moved = Dictionary(uniqueKeysWithValues: batch.cursors.map { ($0.partition, $0) })
    let ends = from.map { moved[$0.partition] ?? $0 }
    let passed = zip(from, ends).reduce(0) { $0 + $1.1.offset.rawValue - $1.0.offset.rawValue }
    return passed < limit ? ends : []
  }

  private func move(to moved: [Cursor]) {
    let moved = Dictionary(uniqueKeysWithValues: moved.map { ($0.partition, $0) })
    cursors.withLock { cursors in
      for index in cursors.indices {
        if let cursor = moved[cursors[index].partition] { cursors[index] = cursor }
      }
    }
  }

  // MARK: The archive

  /// The next of the segment in hand; nil when there is none, or it was read to its end.
  private func heldBatch(_ from: [Cursor], limit: Int) -> LogBatch? {
    part.withLock { part in
      guard let held = part, let cursor = from.first(where: { $0.partition == held.partition }) else {
        return nil
      }
      let batch = held.batch(from: cursor, limit: limit, types: types)
      if let end = batch.cursors.first, held.isDone(at: end.offset) { part = nil }
      return batch
    }
  }

  /// Takes the segment that holds `cursor` in hand, to be read by the next turn. Who salvages passes over what is in
  /// none.
  private func take(_ cursor: Cursor, until first: Offset) async throws -> LogBatch? {
    switch try await ArchivedPart.at(cursor, in: archive, pool: pool, onDamage: onDamage) {
    case .part(let found):
      part.withLock { $0 = found }
      return nil
    case .gap(let next):
      let next = min(next ?? first, first)
      return LogBatch(records: [], cursors: [Cursor(cursor.partition, next, sequence: cursor.sequence)])
    }
  }

  // MARK: What is in the tables

  private func read(
    _ from: [Cursor], limit: Int, types: Set<EventType>?
  ) async throws -> (batch: LogBatch, archived: [TopicPartition: Offset]) {
    let types = types.map { $0.map(\.rawValue).sorted() }
    do {
      return try await pool.withConnection { connection in
        try LogStatements.readHere(from, limit: limit, types: types, on: connection)
      }
    } catch let error as PostgresError { throw EventLogError(wrapping: error) }
  }

  /// Also wakes the readers that wait for it; one of them tries again when it failed.
  private func perform(_ fill: LogTail.Fill) async throws {
    defer { for topic in fill.topics { signal.wake(topic) } }
    do {
      let (batch, archived) = try await read(fill.cursors, limit: fill.limit, types: nil)
      tail.endFill(fill, with: batch.records, archived: Set(archived.keys))
    } catch {
      tail.endFill(fill, with: nil)
      throw error
    }
  }

  private func sleepUntilWoken(after seen: [Topic: UInt64]) async {
    await signal.wait(for: topics, after: seen, atMost: Self.longestSleep)
  }

  func close() async { cursors.withLock { $0.removeAll() } }
}
