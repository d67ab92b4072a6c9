import EventLog
import Foundation
import Logging
import Postgres

/// Keeps the live build of one projection up with the log, for as long as it holds the build's lease. Any
/// number may run, in any number of processes; one works and the others stand by.
///
/// The first runner of a projection makes its first build. A newer version of the folder is not taken up by
/// itself: the live build goes on with the SQL that it was made with until `Rebuild` has replaced it.
package struct ProjectionRunner: Sendable {
  package let definition: ProjectionDefinition
  private let pool: PostgresPool
  private let follower: Follower
  private let logger: Logger
  private let onWrite: @Sendable (WriteResult) -> Void
  private let owner = UUID()

  /// - Parameters:
  ///   - pool: for keys, decoding and leases; applying has a connection of its own.
  ///   - keys: finds keys, as `Keyring.keys` does.
  ///   - batchSize: the most events that one transaction applies.
  ///   - onWrite: told after each transaction, for metrics; must not block.
  package init(
    _ definition: ProjectionDefinition,
    log: any EventLog,
    pool: PostgresPool,
    keys: @escaping KeySource,
    logger: Logger,
    batchSize: Int = 5_000,
    onWrite: @escaping @Sendable (WriteResult) -> Void = { _ in }
  ) {
    self.definition = definition
    self.pool = pool
    self.logger = logger
    self.onWrite = onWrite
    follower = Follower(log: log, pool: pool, keys: keys, logger: logger, batchSize: batchSize)
  }

  /// Returns once its task is cancelled. Throws when the projection itself is at fault; what may pass (a
  /// database that is away, a lease that was lost) is tried again from the stored progress.
  package func run() async throws {
    var delay = Backoff(first: .milliseconds(100), longest: .seconds(10))
    var standBy = StandBy()
    while !Task.isCancelled {
      do {
        let isHeldElsewhere = try await runOnce()
        delay.reset()
        // Leases run out with time, so time is what there is to wait for.
        if isHeldElsewhere { try await Surroundings.sleep(for: standBy.next()) }
      } catch let error as ProjectionError where error.code == .leaseLost && !Task.isCancelled {
        // Most likely to a rebuild, which stops the live build for a moment to compare with it, or to replace it.
        logger.info("projection stopped", metadata: ["projection": "\(definition.name)", "why": "\(error)"])
        standBy.lost()
        try? await Surroundings.sleep(for: standBy.next())
      } catch {
        if Task.isCancelled { return }
        guard isRetriable(error) else { throw error }
        logger.warning(
          "projection paused",
          metadata: ["projection": "\(definition.name)", "error": "\(error)"]
        )
        try? await Surroundings.sleep(for: delay.next())
      }
    }
  }

  /// Returns whether someone else has the lease.
  private func runOnce() async throws -> Bool {
    let build = try await pool.withTransaction { [definition] transaction in
      try definition.check(on: transaction.connection)
      return try definition.liveOrFirstBuild(in: transaction)
    }
    guard let lease = try await Lease.acquire(build.schema, owner: owner, pool: pool) else { return true }
    // A rebuild may have replaced it before the lease was had; from here on it would take the lease, too.
    if build.state == .live {
      let live = try await pool.withConnection { [name = definition.name] in
        try ProjectionBuild.live(name, on: $0)
      }
      guard live?.schema == build.schema else {
        await lease.release()
        return false
      }
    }
    if build.version != definition.version {
      logger.notice(
        "a version other than the folder's is live; rebuild to change that",
        metadata: [
          "projection": "\(definition.name)", "live": "\(build.version)", "folder": "\(definition.version)",
        ]
      )
    }
    try await lease.hold { [follower, pool, onWrite] in
      if build.state == .building {
        try await follower.catchUp(build, lease: lease) { onWrite($1) }
        try await pool.withTransaction { try build.promote(lease: lease, in: $0) }
      } else {
        try await follower.follow(build, lease: lease) { onWrite($1) }
      }
    }
    return false
  }

  private func isRetriable(_ error: any Error) -> Bool {
    switch error {
    case let error as PostgresError: error.isRetriable
    case let error as EventLogError: error.isRetriable
    case let error as ProjectionError: error.isRetriable
    default: false
    }
  }
}
