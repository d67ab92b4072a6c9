import Contracts
import EventLog
import Logging
import Postgres

extension Follower {
  /// How often the end is looked up anew by a build that is not held back: the log grows while it catches up.
  private static let rounds = 8
  /// What a build that is held back may leave to be applied when both builds are stopped.
  static let shortRest = 200

  /// Brings a build from where it is close to the end of the log.
  ///
  /// Indexes are made when it is there: they cost less in one go than row by row. Not where the build is held back:
  /// in one go they take a processor and fill the write-ahead log for as long as the tables are large, so there they
  /// grow with the tables.
  func catchUp(
    _ build: ProjectionBuild,
    lease: Lease,
    onWrite: @escaping @Sendable ([Cursor], WriteResult) -> Void = { _, _ in },
    onPhase: @Sendable (RebuildPhase) -> Void = { _ in }
  ) async throws {
    var isIndexed = build.isIndexed
    if throttle != nil, !isIndexed, try await isUntouched(build) {
      try await index(build, lease: lease)
      isIndexed = true
    }
    onPhase(.applying)
    try await approachEnd(build, lease: lease, onWrite)
    if !isIndexed {
      onPhase(.indexing)
      try await index(build, lease: lease)
    } else if let throttle {
      onPhase(.analysing)
      try await analyse(build, throttle)
    }
    onPhase(.applying)
    try await approachEnd(build, lease: lease, onWrite)
  }

  private func isUntouched(_ build: ProjectionBuild) async throws -> Bool {
    try await pool.withConnection { [layout = log.layout] connection in
      try Follower.cursors(of: build, layout: layout, on: connection).allSatisfy { $0.offset == .zero }
    }
  }

  private func index(_ build: ProjectionBuild, lease: Lease) async throws {
    try await throttle.pacing(.indexing) {
      try await pool.withTransaction { transaction in
        try build.fence(lease, in: transaction)
        if throttle != nil {
          // One processor is enough for what is not live.
          try transaction.execute("set local max_parallel_maintenance_workers = 0")
        }
        try build.index(in: transaction)
      }
    }
  }

  /// Has the planner look at the tables, in short pieces.
  private func analyse(_ build: ProjectionBuild, _ throttle: BackfillThrottle) async throws {
    let pieces = try await pool.withConnection { connection in
      try connection.execute(
        "select of_table, of_columns::text from projection.analysed_pieces($1)", [.text(build.schema)]
      ).map { ($0.text(0), $0.text(1)) }
    }
    for (table, columns) in pieces {
      try await throttle.pace(.analysing) {
        try await pool.withConnection { connection in
          _ = try connection.execute(
            "select projection.analyze_columns($1, $2, $3::text::text[])",
            [.text(build.schema), .text(table), .text(columns)])
        }
      }
    }
  }

  /// How many positions of the log a build has before it.
  func left(of build: ProjectionBuild, to ends: [TopicPartition: Offset]) async throws -> Int64 {
    let cursors = try await pool.withConnection { [layout = log.layout] connection in
      try Follower.cursors(of: build, layout: layout, on: connection)
    }
    return cursors.reduce(0) { $0 + max((ends[$1.partition] ?? .zero).rawValue - $1.offset.rawValue, 0) }
  }

  func approachEnd(
    _ build: ProjectionBuild,
    lease: Lease,
    _ onWrite: @escaping @Sendable ([Cursor], WriteResult) -> Void
  ) async throws {
    var follower = self
    var (before, isTold) = (Int64.max, false)
    for round in 1... {
      let ends = try await ends(of: build)
      let left = try await left(of: build, to: ends)
      if left <= (throttle == nil ? 0 : Self.shortRest) { return }
      if left >= before {
        if throttle == nil || follower.isUrgent { return }
        // It would never end where the log grows as fast as it may be read. Little is soon applied, if with short rests; for
        // more it goes on being held back, until there is less live work.
        if left <= BackfillThrottle.largestBatch {
          follower.isUrgent = true
        } else if !isTold {
          isTold = true
          logger.notice(
            "the log grows as fast as live work lets a rebuild read it; it ends once there is less",
            metadata: ["build": "\(build.schema)", "left": "\(left)"])
        }
      }
      before = left
      try await follower.follow(build, lease: lease, to: ends, onWrite: onWrite)
      if throttle == nil, left <= batchSize || round == Self.rounds { return }
    }
  }
}
