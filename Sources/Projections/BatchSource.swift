import Contracts
import EventLog

/// Reads the log for one build, as decoded batches. One task at a time.
actor BatchSource {
  private let reader: any LogReader
  private let decoder: BatchDecoder
  private let batchSize: Int
  private let scope: RebuildScope
  /// Where to stop in each partition; nil goes on for ever.
  private let target: [TopicPartition: Offset]?
  private var cursors: [TopicPartition: Cursor]
  private var nextRead = Surroundings.now

  /// How far apart the batches of a build without a target begin, unless they are full: every transaction
  /// costs the same, however little it applies. Where one takes long, others want the processors, too: then
  /// fewer and larger ones do.
  private var pause = BatchSource.shortestPause
  private static let shortestPause = Duration.milliseconds(100)
  private static let longestPause = Duration.seconds(1)

  /// - Parameter target: the offsets to stop at; reading then gathers batches of `batchSize` events before it
  ///   gives one. Without it, whatever there is makes a batch.
  init(
    log: any EventLog,
    build: ProjectionBuild,
    from cursors: [Cursor],
    to target: [TopicPartition: Offset]?,
    batchSize: Int,
    decoder: BatchDecoder
  ) async throws {
    reader = try await log.reader(from: cursors, types: build.types)
    self.decoder = decoder
    self.batchSize = batchSize
    self.target = target
    scope = build.scope
    self.cursors = Dictionary(uniqueKeysWithValues: cursors.map { ($0.partition, $0) })
  }

  func close() async { await reader.close() }

  /// Told how long a batch took to be applied: at most a quarter of the time goes into that.
  func pace(after applied: Duration) {
    pause = min(max(applied * 4, Self.shortestPause), Self.longestPause)
  }

  /// The next batch, of `batchSize` events; nil once the target is reached.
  ///
  /// - Parameter limit: of positions that are passed, those of events that nobody wants included: as much work as they
  ///   may be at a time, however rare what is wanted is. nil passes as many as it takes.
  func next(limit: Int? = nil) async throws -> DecodedBatch? {
    let batchSize = min(batchSize, limit ?? .max)
    if target == nil { try await Surroundings.sleep(until: nextRead) }
    var records: [Record] = []
    var moved: [TopicPartition: Cursor] = [:]
    // With those that nobody wanted: a read looks at no more than its limit, however few of them it gives.
    var passed = 0
    repeat {
      guard !isAtTarget else { break }
      let most = Surroundings.isPlanted("batch-unbounded") ? .max : batchSize - records.count
      let read = bounded(try await reader.next(limit: most))
      records += read.records.lazy.filter { self.scope.covers($0.event) }
      for cursor in read.cursors {
        passed += Int(cursor.offset.rawValue - (cursors[cursor.partition]?.offset.rawValue ?? 0))
        cursors[cursor.partition] = cursor
        moved[cursor.partition] = cursor
      }
    } while target != nil && records.count < batchSize && passed < limit ?? .max
    guard !moved.isEmpty else { return nil }
    if passed < batchSize { nextRead = Surroundings.now + pause }
    var batch = try await decoder.decode(records, cursors: Array(moved.values))
    batch.passed = passed
    return batch
  }

  /// Whether there is nothing left to read.
  var isAtTarget: Bool {
    guard let target else { return false }
    return target.allSatisfy { partition, offset in (cursors[partition]?.offset ?? .zero) >= offset }
  }

  /// Cuts off what lies at or behind the target.
  private func bounded(_ batch: LogBatch) -> LogBatch {
    guard let target else { return batch }
    let records = batch.records.filter { record in
      target[record.position.topicPartition].map { record.position.offset < $0 } ?? false
    }
    let moved = batch.cursors.compactMap { cursor -> Cursor? in
      guard let end = target[cursor.partition] else { return nil }
      guard cursor.offset > end else { return cursor }
      let before = cursors[cursor.partition]
      guard before.map({ $0.offset < end }) ?? true else { return nil }
      let last = records.last { $0.position.topicPartition == cursor.partition }
      return Cursor(cursor.partition, end, sequence: last?.sequence ?? before?.sequence)
    }
    return LogBatch(records: records, cursors: moved)
  }
}
