import Contracts
import EventLog
import Postgres

extension Follower {
  /// How often the end is looked up anew: the log grows while a build catches up.
  private static let rounds = 8

  /// Brings a build from where it is close to the end of the log, then makes its indexes, which cost less in
  /// one go than row by row, and brings it to the end again.
  func catchUp(
    _ build: ProjectionBuild,
    lease: Lease,
    onWrite: @escaping @Sendable ([Cursor], WriteResult) -> Void = { _, _ in }
  ) async throws {
    try await approachEnd(build, lease: lease, onWrite)
    if !build.isIndexed {
      try await pool.withTransaction { transaction in
        try build.fence(lease, in: transaction)
        if throttle != nil {
          // One processor is enough for what is not live.
          try transaction.execute("set local max_parallel_maintenance_workers = 0")
        }
        try build.index(in: transaction)
      }
    }
    try await approachEnd(build, lease: lease, onWrite)
  }

  private func approachEnd(
    _ build: ProjectionBuild,
    lease: Lease,
    _ onWrite: @escaping @Sendable ([Cursor], WriteResult) -> Void
  ) async throws {
    for _ in 0..<Self.rounds {
      let ends = try await ends(of: build)
      let cursors = try await pool.withConnection { [layout = log.layout] connection in
        try Follower.cursors(of: build, layout: layout, on: connection)
      }
      let left = cursors.reduce(0) {
        $0 + max((ends[$1.partition] ?? .zero).rawValue - $1.offset.rawValue, 0)
      }
      if left == 0 { return }
      var follower = self
      // So little is applied without a rest where both builds are stopped, too.
      if left <= batchSize { follower.throttle = nil }
      try await follower.follow(build, lease: lease, to: ends, onWrite: onWrite)
      if left <= batchSize { return }
    }
  }
}
