import Postgres

extension Rebuild {
  /// Throws away what was built and is not live, and what is left of builds that were given up. Returns the schemas that
  /// are gone.
  ///
  /// - Parameter throttle: holds it back, unless the log holds little for what is thrown away.
  package func drop(
    _ name: String, _ throttle: BackfillThrottle? = nil,
    onProgress: @Sendable (RebuildProgress) -> Void = { _ in }
  ) async throws -> [String] {
    let builds = try await pool.withConnection {
      try ProjectionBuild.all(name, .failed, on: $0) + ProjectionBuild.all(name, .building, on: $0)
    }
    for build in builds {
      if build.state == .building {
        guard let lease = try await Lease.acquire(build.schema, owner: owner, pool: pool) else {
          throw ProjectionError(.leaseLost, "\(build.schema) is being built by another process")
        }
        // Its tables may go one after the other for longer than the lease lasts: nobody is to take up what is left.
        guard try await build.giveUp(lease, on: pool) else {
          await lease.release()
          throw ProjectionError(.leaseLost, "\(build.schema) is live by now")
        }
      }
      let isLittle = try await Self.isLittle(build.recorded.topics, in: log)
      try await drop(build, isLittle ? nil : throttle, onProgress)
    }
    return builds.map(\.schema)
  }

  /// Drops what is not live: part by part where it is held back, else in one go.
  func drop(
    _ build: ProjectionBuild, _ throttle: BackfillThrottle?,
    _ onProgress: @Sendable (RebuildProgress) -> Void
  ) async throws {
    do {
      onProgress(.dropping(0, of: 0))
      if let throttle { try await dropParts(of: build, throttle, onProgress) }
      try await pool.withTransaction { transaction in
        _ = try transaction.execute("select projection.drop_build($1)", [.text(build.schema)])
      }
    } catch let error as PostgresError where error.isOfABuildThatIsGone {
      // Somebody else drops it, too.
    }
  }

  private func dropParts(
    of build: ProjectionBuild, _ throttle: BackfillThrottle,
    _ onProgress: @Sendable (RebuildProgress) -> Void
  ) async throws {
    let parts = try await pool.withConnection { connection in
      try connection.execute(
        "select of_table, of_index from projection.parts_of($1)", [.text(build.schema)]
      ).map { (table: $0.text(0), index: $0.optional(1, PostgresRow.text)) }
    }
    for (number, part) in parts.enumerated() {
      try await throttle.pace(.dropping) {
        try await pool.withTransaction { transaction in
          _ = try transaction.execute(
            "select projection.drop_part($1, $2, $3)",
            [.text(build.schema), .text(part.table), part.index.map { .text($0) } ?? .null])
        }
      }
      onProgress(.dropping(number + 1, of: parts.count))
    }
  }
}

extension RebuildProgress {
  /// So many parts of a build are gone.
  fileprivate static func dropping(_ done: Int, of total: Int) -> Self {
    Self(phase: .dropping, done: Int64(done), total: Int64(total), perSecond: 0, secondsLeft: nil)
  }
}
