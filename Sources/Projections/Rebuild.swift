import Contracts
import EventLog
import Foundation
import Logging
import Postgres

/// Builds a projection anew beside the live build, compares both at one position, and moves the pointer.
///
/// A rebuild that was killed is taken up where it stood. Readers see the old build until the pointer moves,
/// and the live build is moved on by its runner until both are brought to one position.
package struct Rebuild: Sendable {
  package struct Options: Sendable {
    package var scope: RebuildScope
    /// Moves the pointer although an unchanged version came out different from what is live. A new version is
    /// expected to differ: there, differences are reported only.
    package var acceptsDifferences: Bool
    /// The most events that one transaction applies; also how near to the end of the log the build comes before both
    /// are stopped.
    package var batchSize: Int
    /// Holds the build back for what is live; nil builds as fast as it can.
    package var throttle: BackfillThrottle?

    package init(
      scope: RebuildScope = .all, acceptsDifferences: Bool = false, batchSize: Int? = nil,
      throttle: BackfillThrottle? = nil
    ) {
      self.scope = scope
      self.acceptsDifferences = acceptsDifferences
      self.batchSize = batchSize ?? (throttle == nil ? 20_000 : BackfillThrottle.largestBatch)
      self.throttle = throttle
    }
  }

  private let log: any EventLog
  private let pool: PostgresPool
  private let keys: KeySource
  private let logger: Logger
  private let owner = UUID()

  /// How often the two builds are stopped anew when someone takes the live one's lease in between.
  private static let attempts = 5

  package init(log: any EventLog, pool: PostgresPool, keys: @escaping KeySource, logger: Logger) {
    self.log = log
    self.pool = pool
    self.keys = keys
    self.logger = logger
  }

  /// Builds, compares and moves the pointer.
  ///
  /// - Parameter onProgress: told after each batch; called one at a time, and must not block.
  package func run(
    _ definition: ProjectionDefinition,
    _ options: Options = Options(),
    onProgress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
  ) async throws -> RebuildReport {
    try await build(definition, options, onProgress) { built in
      try await finish(built.build, definition, built.lease, options, built.follower, built.meter)
    }
  }

  /// Builds beside what is live and says what both say differently; the pointer stays where it is. What was built
  /// waits for `run`, which brings it to the end of the log and makes it live, or for `drop`.
  package func compare(
    _ definition: ProjectionDefinition,
    _ options: Options = Options(),
    onProgress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
  ) async throws -> RebuildReport {
    try await build(definition, options, onProgress) { built in
      try await changes(built.build, definition, built.lease, built.follower, built.meter)
    }
  }

  /// Whether these very files were built, in full or in part, and are not live.
  package func isBuilt(_ definition: ProjectionDefinition, _ scope: RebuildScope = .all) async throws -> Bool
  {
    try await pool.withConnection { connection in
      try ProjectionBuild.all(definition.name, .building, on: connection)
        .contains { $0.hash == definition.hash && $0.scope == scope }
    }
  }

  /// Throws away what was built and is not live. Returns the schemas that are gone.
  package func drop(_ name: String) async throws -> [String] {
    let builds = try await pool.withConnection { try ProjectionBuild.all(name, .building, on: $0) }
    for build in builds {
      guard try await Lease.acquire(build.schema, owner: owner, pool: pool) != nil else {
        throw ProjectionError(.leaseLost, "\(build.schema) is being built by another process")
      }
      try await pool.withTransaction { transaction in
        _ = try transaction.execute("select projection.drop_build($1)", [.text(build.schema)])
      }
    }
    return builds.map(\.schema)
  }

  /// A build that has caught up, and what moves it on.
  struct Built: Sendable {
    let build: ProjectionBuild
    let lease: Lease
    let follower: Follower
    let meter: RebuildMeter
  }

  private func build(
    _ definition: ProjectionDefinition, _ options: Options,
    _ onProgress: @escaping @Sendable (RebuildProgress) -> Void,
    then end: @escaping @Sendable (Built) async throws -> RebuildOutcome
  ) async throws -> RebuildReport {
    try options.scope.check(definition)
    let build = try await prepare(definition, options.scope)
    guard let lease = try await Lease.acquire(build.schema, owner: owner, pool: pool) else {
      throw ProjectionError(.leaseLost, "\(build.schema) is being built by another process")
    }
    let follower = Follower(log: log, pool: pool, keys: keys, logger: logger, batchSize: options.batchSize)
    return try await lease.hold {
      let meter = try await makeMeter(build, follower, onProgress)
      try await lease.renewing {
        // Throttled on the long way only: what is left when both stand still is short, and live rows wait for it.
        var paced = follower
        paced.throttle = options.throttle
        if Surroundings.isPlanted("swapped-too-soon") { return }
        try await paced.catchUp(build, lease: lease) { meter.moved($0, $1) }
      }
      for attempt in 1... {
        do {
          let outcome = try await end(
            Built(build: build, lease: lease, follower: follower, meter: meter))
          return meter.report(schema: build.schema, outcome)
        } catch let error as ProjectionError where error.code == .leaseLost && attempt < Self.attempts {
          try await lease.renew()
        }
      }
      throw lease.lost
    }
  }

  /// Drops what earlier rebuilds left behind, and finds or begins the build.
  private func prepare(_ definition: ProjectionDefinition, _ scope: RebuildScope) async throws
    -> ProjectionBuild
  {
    try await pool.withTransaction { transaction in
      try definition.check(on: transaction.connection)
      let live = try ProjectionBuild.live(definition.name, on: transaction.connection)
      if scope.isBounded, live?.version != definition.version {
        throw ProjectionError(
          .boundsRefused,
          "a bounded rebuild completes the live build, and version \(definition.version) is not live"
        )
      }
      let unfinished = try ProjectionBuild.all(definition.name, .building, on: transaction.connection)
        .filter { $0.hash != definition.hash || $0.scope != scope }
      let replaced =
        try ProjectionBuild.all(definition.name, .retired, on: transaction.connection)
        + ProjectionBuild.all(definition.name, .failed, on: transaction.connection)
      for old in unfinished + replaced {
        try transaction.execute("select projection.drop_build($1)", [.text(old.schema)])
      }
      let build = try definition.resumableBuild(scope, in: transaction)
      // Tables that the bounds do not divide must be complete before a part of the events is applied.
      if let live, scope.isBounded { try build.carry(from: live, in: transaction, dividedToo: false) }
      return build
    }
  }

  private func makeMeter(
    _ build: ProjectionBuild,
    _ follower: Follower,
    _ onProgress: @escaping @Sendable (RebuildProgress) -> Void
  ) async throws -> RebuildMeter {
    let ends = try await follower.ends(of: build)
    let cursors = try await pool.withConnection { [layout = log.layout] connection in
      try Follower.cursors(of: build, layout: layout, on: connection)
    }
    return RebuildMeter(from: cursors, to: ends, onProgress)
  }

  /// Stops both builds at one position, compares them and moves the pointer, in one transaction that keeps
  /// both leases from being taken.
  private func finish(
    _ build: ProjectionBuild,
    _ definition: ProjectionDefinition,
    _ lease: Lease,
    _ options: Options,
    _ follower: Follower,
    _ meter: RebuildMeter
  ) async throws -> RebuildOutcome {
    let live = try await pool.withConnection { try ProjectionBuild.live(definition.name, on: $0) }
    guard let live, !Surroundings.isPlanted("swapped-too-soon") else {
      try await pool.withTransaction { try build.promote(lease: lease, in: $0) }
      return RebuildOutcome(isLive: true)
    }
    let built = Built(build: build, lease: lease, follower: follower, meter: meter)
    return try await atOnePosition(built, live) { liveLease in
      try await pool.withTransaction { transaction in
        try live.fence(liveLease, in: transaction)
        try build.fence(lease, in: transaction)
        if build.scope.isBounded { try build.carry(from: live, in: transaction, dividedToo: true) }
        let tables = try TableComparison.compare(live.schema, build.schema, in: transaction)
        if live.hash == build.hash, !options.acceptsDifferences,
          let other = tables.first(where: { $0.differences > 0 })
        {
          throw ProjectionError(
            .differs,
            "\(build.schema) differs from \(live.schema) although the version is the same: "
              + "\(other); accept the differences to make it live"
          )
        }
        try build.promote(lease: lease, in: transaction)
        return RebuildOutcome(isLive: true, tables: tables)
      }
    }
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
          try await follower.follow(live, lease: liveLease, to: ends.of(live))
        }
      }
      return try await body(liveLease)
    } catch {
      await liveLease.release()
      throw error
    }
  }

  /// Compares in a snapshot that is taken while both stand at one position; the live build goes on as soon as
  /// it is taken.
  private func changes(
    _ build: ProjectionBuild,
    _ definition: ProjectionDefinition,
    _ lease: Lease,
    _ follower: Follower,
    _ meter: RebuildMeter
  ) async throws -> RebuildOutcome {
    let live = try await pool.withConnection { try ProjectionBuild.live(definition.name, on: $0) }
    guard let live else { return RebuildOutcome(isLive: false) }
    let built = Built(build: build, lease: lease, follower: follower, meter: meter)
    return try await atOnePosition(built, live) { liveLease in
      let (taken, isTaken) = AsyncStream.makeStream(of: Void.self)
      async let outcome = pool.withTransaction { transaction in
        defer { isTaken.finish() }
        try transaction.execute("set transaction isolation level repeatable read")
        // The first statement that reads takes the snapshot.
        let now = try Self.positions(of: [build, live], layout: log.layout, in: transaction)
        isTaken.finish()
        let tables = try TableComparison.compare(live.schema, build.schema, in: transaction)
        let changes =
          tables.contains { $0.differences > 0 } || live.hash != build.hash
          ? try Change.all(live.schema, build.schema, in: transaction) : []
        guard now.allSatisfy({ $0 == now[0] }) else { throw lease.lost }
        return RebuildOutcome(isLive: false, tables: tables, changes: changes)
      }
      for await _ in taken {}
      await liveLease.release()
      return try await outcome
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

/// How a rebuild ended.
struct RebuildOutcome: Sendable {
  var isLive: Bool
  var tables: [TableComparison] = []
  var changes: [Change] = []
}

extension [TopicPartition: Offset] {
  fileprivate func of(_ build: ProjectionBuild) -> Self {
    filter { build.recorded.topics.contains($0.key.topic) }
  }
}

extension ProjectionBuild {
  /// Takes over what a bounded rebuild does not make itself.
  fileprivate func carry(
    from live: ProjectionBuild,
    in transaction: Transaction,
    dividedToo: Bool
  ) throws {
    // A tenant divides every table; days and types only those that are not carried.
    let isByTenantAlone = scope.from == nil && scope.to == nil && scope.types == nil
    let whole = isByTenantAlone ? [] : recorded.carried
    let divided = recorded.tables.filter { !whole.contains($0) }
    try transaction.execute(
      "select projection.carry($1, $2, $3, $4, $5, $6::text::date, $7::text::date, $8)",
      [
        .text(live.schema), .text(schema), .texts(whole), .texts(dividedToo ? divided : []),
        scope.tenant.map { .uuid($0.uuid) } ?? .null, scope.from.map { .text($0) } ?? .null,
        scope.to.map { .text($0) } ?? .null, scope.types.map { .texts($0) } ?? .null,
      ]
    )
  }
}
