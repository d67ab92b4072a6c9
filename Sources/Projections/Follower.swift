import Contracts
import EventLog
import Foundation
import Logging
import Postgres

/// Moves one build along the log; the next batch is read and decoded while the present one is applied.
struct Follower: Sendable {
  let log: any EventLog
  /// For keys and decoding.
  let pool: PostgresPool
  let keys: KeySource
  let logger: Logger
  let batchSize: Int
  /// Holds back what is not live; nil goes as fast as it can.
  var throttle: BackfillThrottle?
  /// Held back no more than it must be to come to an end while live work goes on.
  var isUrgent = false

  /// After how many batches progress is trimmed.
  private static let batchesBetweenTrims = 256
  /// After how many batches what was planned is forgotten: tables grow.
  private static let batchesOfOnePlan = 64
  /// Into how many lanes the partitions of an independent build are divided on the way to a target. Two keep
  /// Postgres busy while the other's batch is read, or its commit written; each holds two batches in memory.
  private static let lanes = 2

  /// - Parameters:
  ///   - target: where to stop; nil goes on until the task is cancelled.
  ///   - onWrite: told after each batch how far the build has come; lanes call it at the same time.
  func follow(
    _ build: ProjectionBuild,
    lease: Lease,
    to target: [TopicPartition: Offset]? = nil,
    onWrite: @escaping @Sendable ([Cursor], WriteResult) -> Void = { _, _ in }
  ) async throws {
    let cursors = try await pool.withConnection { [layout = log.layout] connection in
      try Follower.cursors(of: build, layout: layout, on: connection)
    }
    // One lane only where it is held back: it must rest as a whole for the rest to be measured.
    guard let target, build.recorded.independent == true, throttle == nil else {
      return try await follow(build, lease: lease, from: cursors, to: target, onWrite: onWrite)
    }
    try await withThrowingTaskGroup { group in
      for lane in 0..<min(Self.lanes, cursors.count) {
        let own = cursors.enumerated().filter { $0.offset % Self.lanes == lane }.map(\.element)
        let partitions = Set(own.map(\.partition))
        group.addTask {
          try await follow(
            build, lease: lease, from: own, to: target.filter { partitions.contains($0.key) },
            onWrite: onWrite)
        }
      }
      try await group.waitForAll()
    }
  }

  /// One lane: these partitions, on a connection of its own.
  private func follow(
    _ build: ProjectionBuild,
    lease: Lease,
    from cursors: [Cursor],
    to target: [TopicPartition: Offset]?,
    onWrite: @Sendable ([Cursor], WriteResult) -> Void
  ) async throws {
    let source = try await BatchSource(
      log: log,
      build: build,
      from: cursors,
      to: target,
      batchSize: batchSize,
      decoder: BatchDecoder(pool: pool, keys: build.recorded.needsPrivate ? keys : nil)
    )
    let connection = PostgresPool(
      url: pool.url,
      connections: 1,
      maximumWaiting: 2,
      name: "aigentable-\(build.schema)",
      // Whoever stands still has the lease locked as long as its transaction lasts.
      greeting: PostgresConnection.endsWithItsClient
    )
    let writer = BatchWriter(build: build, lease: lease, pool: connection, logger: logger)
    let result: Result<Void, any Error>
    do { result = .success(try await copy(from: source, to: writer, onWrite)) } catch {
      result = .failure(error)
    }
    connection.shutdown()
    await source.close()
    try result.get()
  }

  private func copy(
    from source: BatchSource,
    to writer: BatchWriter,
    _ onWrite: @Sendable ([Cursor], WriteResult) -> Void
  ) async throws {
    if let throttle { return try await copy(from: source, to: writer, heldBackBy: throttle, onWrite) }
    var current = try await source.next()
    var batches = 0
    while let batch = current {
      async let following = source.next()
      let start = Surroundings.now
      onWrite(batch.cursors, try await writer.write(batch))
      await source.pace(after: Surroundings.now - start)
      batches += 1
      try await tidy(writer, after: batches)
      current = try await following
    }
  }

  /// Reads nothing ahead: while it rests, nothing of it may be at work. Larger batches than `throttle` wants are never
  /// made, smaller ones are.
  private func copy(
    from source: BatchSource,
    to writer: BatchWriter,
    heldBackBy throttle: BackfillThrottle,
    _ onWrite: @Sendable ([Cursor], WriteResult) -> Void
  ) async throws {
    for batches in 1... {
      throttle.begin(.applying)
      let start = Surroundings.now
      guard let batch = try await source.next(limit: throttle.batch) else {
        _ = throttle.end(after: Surroundings.now - start)
        return
      }
      onWrite(batch.cursors, try await writer.write(batch))
      if batches % Self.batchesBetweenTrims == 0 { try await writer.trim() }
      // To plan anew takes longer than a piece of work may; tables that have twice as many rows are worth it.
      if batches >= 16, batches.nonzeroBitCount == 1 { try await writer.forgetPlans() }
      try await throttle.rest(
        after: Surroundings.now - start, positions: batch.passed, isUrgent: isUrgent)
    }
  }

  private func tidy(_ writer: BatchWriter, after batches: Int) async throws {
    if batches % Self.batchesBetweenTrims == 0 { try await writer.trim() }
    if batches % Self.batchesOfOnePlan == 0 { try await writer.forgetPlans() }
  }

  /// Where a build stands in every partition of its topics.
  static func cursors(
    of build: ProjectionBuild,
    layout: LogLayout,
    on connection: PostgresConnection
  ) throws -> [Cursor] {
    var known: [TopicPartition: Cursor] = [:]
    for row in try connection.execute("select * from projection.position($1)", [.text(build.schema)]) {
      guard let topic = Topic(number: row.int2(0)) else { continue }
      let place = TopicPartition(topic, Partition(row.int4(1)))
      known[place] = Cursor(place, Offset(row.int8(2)), sequence: row.optional(3, PostgresRow.int8))
    }
    return build.recorded.topics.flatMap { layout.partitions($0) }.map { known[$0] ?? Cursor($0) }
  }

  /// The present ends of a build's topics.
  func ends(of build: ProjectionBuild) async throws -> [TopicPartition: Offset] {
    var ends: [TopicPartition: Offset] = [:]
    for topic in build.recorded.topics {
      for (partition, end) in try await log.ends(of: topic).enumerated() {
        ends[TopicPartition(topic, Partition(Int32(partition)))] = end
      }
    }
    return ends
  }
}
