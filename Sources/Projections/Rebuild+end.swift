import Contracts
import EventLog
import Foundation
import Postgres
import Synchronization

/// How a rebuild ended.
struct RebuildOutcome: Sendable {
  var isLive: Bool
  var tables: [TableComparison] = []
  var changes: [Change] = []
}

extension Rebuild {
  /// Stops both builds at one position, compares them and moves the pointer, in one transaction that keeps
  /// both leases from being taken.
  func finish(_ built: Built, _ definition: ProjectionDefinition, _ options: Options) async throws
    -> RebuildOutcome
  {
    let (build, lease) = (built.build, built.lease)
    guard let live = try await live(definition) else { return try await promote(built) }
    built.meter.enter(.switching)
    return try await atOnePosition(built, live) { liveLease in
      try await pool.withTransaction { transaction in
        try live.fence(liveLease, in: transaction)
        try build.fence(lease, in: transaction)
        if build.scope.isBounded { try build.carry(from: live, in: transaction, dividedToo: true) }
        let tables = try TableComparison.compare(live.schema, build.schema, in: transaction)
        try check(tables, of: build, against: live, options)
        try build.promote(lease: lease, in: transaction)
        return RebuildOutcome(isLive: true, tables: tables)
      }
    }
  }

  /// Compares as `changes` does, while the live build goes on; then stops both again and moves the pointer. What two
  /// builds of the same log say at one position they say alike at a later one.
  func finish(
    _ built: Built, _ definition: ProjectionDefinition, _ options: Options,
    heldBackBy throttle: BackfillThrottle
  ) async throws -> RebuildOutcome {
    let (build, lease) = (built.build, built.lease)
    guard let live = try await live(definition) else { return try await promote(built) }
    let tables = try await inOneSnapshot(built, live) { transaction, stop in
      try PacedComparison(
        live: live.schema, built: build.schema, throttle: throttle, stop: stop, onRows: built.meter.compared
      )
      .tables(in: transaction)
    }
    try check(tables, of: build, against: live, options)
    var paced = built.follower
    paced.isUrgent = false
    built.meter.enter(.applying)
    try await paced.approachEnd(build, lease: lease) { built.meter.moved($0, $1) }
    built.meter.enter(.switching)
    return try await atOnePosition(built, live) { liveLease in
      try await pool.withTransaction { transaction in
        try live.fence(liveLease, in: transaction)
        try build.promote(lease: lease, in: transaction)
        return RebuildOutcome(isLive: true, tables: tables)
      }
    }
  }

  /// Compares in a snapshot that is taken while both stand at one position; the live build goes on as soon as
  /// it is taken.
  func changes(_ built: Built, _ definition: ProjectionDefinition, _ throttle: BackfillThrottle?) async throws
    -> RebuildOutcome
  {
    let build = built.build
    guard let live = try await live(definition) else { return RebuildOutcome(isLive: false) }
    return try await inOneSnapshot(built, live) { transaction, stop in
      let paced = throttle.map {
        PacedComparison(
          live: live.schema, built: build.schema, throttle: $0, stop: stop, onRows: built.meter.compared)
      }
      let tables =
        try paced?.tables(in: transaction)
        ?? TableComparison.compare(live.schema, build.schema, in: transaction)
      guard tables.contains(where: { $0.differences > 0 }) || live.hash != build.hash else {
        return RebuildOutcome(isLive: false, tables: tables)
      }
      let changes =
        try paced?.changes(in: transaction) ?? Change.all(live.schema, build.schema, in: transaction)
      return RebuildOutcome(isLive: false, tables: tables, changes: changes)
    }
  }

  private func live(_ definition: ProjectionDefinition) async throws -> ProjectionBuild? {
    if Surroundings.isPlanted("swapped-too-soon") { return nil }
    return try await pool.withConnection { try ProjectionBuild.live(definition.name, on: $0) }
  }

  /// Where there is nothing to compare with.
  private func promote(_ built: Built) async throws -> RebuildOutcome {
    try await pool.withTransaction { try built.build.promote(lease: built.lease, in: $0) }
    return RebuildOutcome(isLive: true)
  }

  /// Refuses what differs although it was made by the same files.
  private func check(
    _ tables: [TableComparison], of build: ProjectionBuild, against live: ProjectionBuild, _ options: Options
  ) throws {
    guard live.hash == build.hash, !options.acceptsDifferences,
      let other = tables.first(where: { $0.differences > 0 })
    else { return }
    throw ProjectionError(
      .differs,
      "\(build.schema) differs from \(live.schema) although the version is the same: "
        + "\(other); accept the differences to make it live"
    )
  }

  /// Brings both builds to one position, and keeps the live one there while `body` runs.
  private func atOnePosition<R: Sendable>(
    _ built: Built, _ live: ProjectionBuild, _ body: @Sendable (Lease) async throws -> R
  ) async throws -> R {
    let (build, lease, follower) = (built.build, built.lease, built.follower)
    guard let liveLease = try await Lease.seize(live.schema, owner: owner, pool: pool) else {
      throw lease.lost
    }
    do {
      let ends = try await follower.ends(of: build).merging(follower.ends(of: live)) { first, _ in first }
      try await lease.renewing {
        try await liveLease.renewing {
          try await follower.follow(build, lease: lease, to: ends.of(build)) { built.meter.moved($0, $1) }
          // Where much is left nobody moved it on for long: what is live is worth more then than that nobody is slowed down.
          var own = follower
          if try await follower.left(of: live, to: ends.of(live)) > BackfillThrottle.largestBatch {
            own.throttle = nil
          }
          try await own.follow(live, lease: liveLease, to: ends.of(live))
        }
      }
      return try await body(liveLease)
    } catch {
      await liveLease.release()
      throw error
    }
  }

  /// Runs `body` in a snapshot in which both builds stand at one position, once the live build goes on.
  private func inOneSnapshot<R: Sendable>(
    _ built: Built, _ live: ProjectionBuild,
    _ body: @escaping @Sendable (Transaction, PacedComparison.Stop) throws -> R
  ) async throws -> R {
    let build = built.build
    let stop = PacedComparison.Stop()
    built.meter.enter(.switching)
    return try await atOnePosition(built, live) { liveLease in
      built.meter.enter(.comparing)
      return try await withTaskCancellationHandler {
        let (taken, isTaken) = AsyncStream.makeStream(of: Void.self)
        async let outcome = pool.withTransaction { transaction in
          defer { isTaken.finish() }
          try transaction.execute("set transaction isolation level repeatable read")
          // The first statement that reads takes the snapshot.
          let now = try Self.positions(of: [build, live], layout: log.layout, in: transaction)
          isTaken.finish()
          guard now.allSatisfy({ $0 == now[0] }) else { throw built.lease.lost }
          return try body(transaction, stop)
        }
        for await _ in taken {}
        await liveLease.release()
        return try await outcome
      } onCancel: {
        stop.isWanted.store(true, ordering: .relaxed)
      }
    }
  }

  /// Where builds stand, in the partitions that all of them read.
  private static func positions(
    of builds: [ProjectionBuild], layout: LogLayout, in transaction: Transaction
  ) throws -> [[TopicPartition: Offset]] {
    let positions = try builds.map { build in
      Dictionary(
        uniqueKeysWithValues: try Follower.cursors(of: build, layout: layout, on: transaction.connection)
          .map { ($0.partition, $0.offset) })
    }
    return positions.map { own in own.filter { place in positions.allSatisfy { $0[place.key] != nil } } }
  }
}

extension [TopicPartition: Offset] {
  fileprivate func of(_ build: ProjectionBuild) -> Self {
    filter { build.recorded.topics.contains($0.key.topic) }
  }
}
