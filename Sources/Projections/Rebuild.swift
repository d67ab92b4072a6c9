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

  let log: any EventLog
  let pool: PostgresPool
  private let keys: KeySource
  private let logger: Logger
  let owner = UUID()

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
  /// - Parameter onProgress: told when a phase begins and after each batch; called one at a time, and must not block.
  package func run(
    _ definition: ProjectionDefinition,
    _ options: Options = Options(),
    onProgress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
  ) async throws -> RebuildReport {
    try await build(definition, options, onProgress) { built in
      guard let throttle = options.throttle, !options.scope.isBounded else {
        return try await finish(built, definition, options)
      }
      return try await finish(built, definition, options, heldBackBy: throttle)
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
      try await changes(built, definition, options.throttle)
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

  /// Whether the log holds so little for a projection that it is built before anybody notices.
  package static func isLittle(_ definition: ProjectionDefinition, in log: any EventLog) async throws -> Bool
  {
    try await isLittle(definition.topics, in: log)
  }

  static func isLittle(_ topics: [Topic], in log: any EventLog) async throws -> Bool {
    var events: Int64 = 0
    for topic in topics { events += try await log.ends(of: topic).reduce(0) { $0 + $1.rawValue } }
    return events <= BackfillThrottle.largestBatch
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
    try await clear(definition, options, onProgress)
    // Taken before the rest that follows, which is shorter than the lease, lest somebody else takes the build up in it.
    let (build, acquired) = try await options.throttle.pacing(.indexing) {
      let build = try await prepare(definition, options.scope)
      return (build, try await Lease.acquire(build.schema, owner: owner, pool: pool))
    }
    guard let lease = acquired else {
      throw ProjectionError(.leaseLost, "\(build.schema) is being built by another process")
    }
    let follower = Follower(
      log: log, pool: pool, keys: keys, logger: logger, batchSize: options.batchSize,
      throttle: options.throttle)
    return try await lease.hold {
      // The rest that went before took most of it.
      try await lease.renew()
      let meter = try await makeMeter(build, follower, onProgress)
      try await lease.renewing {
        if Surroundings.isPlanted("swapped-too-soon") { return }
        try await follower.catchUp(build, lease: lease) {
          meter.moved($0, $1)
        } onPhase: {
          meter.enter($0)
        }
      }
      // What is left when both stand still is short, and live rows wait for it.
      var urgent = follower
      urgent.isUrgent = true
      let built = Built(build: build, lease: lease, follower: urgent, meter: meter)
      for attempt in 1... {
        do {
          return meter.report(schema: build.schema, try await end(built))
        } catch let error as ProjectionError where error.code == .leaseLost && attempt < Self.attempts {
          try await lease.renew()
        }
      }
      throw lease.lost
    }
  }

  /// Throws away what earlier rebuilds left behind: builds that were replaced, and unfinished ones of other files or
  /// bounds.
  package func clear(
    _ definition: ProjectionDefinition, _ options: Options = Options(),
    _ onProgress: @Sendable (RebuildProgress) -> Void = { _ in }
  ) async throws {
    let old = try await pool.withConnection { connection in
      // Whatever is refused is refused before anything is thrown away.
      _ = try live(definition, options.scope, on: connection)
      return try ProjectionBuild.all(definition.name, on: connection).filter { build in
        switch build.state {
        case .live: false
        case .building: build.hash != definition.hash || build.scope != options.scope
        case .retired, .failed: true
        }
      }
    }
    guard !old.isEmpty else { return }
    for build in old {
      // Whoever still moves it on is to find that it lost the lease, not that tables are gone; nor may anybody take up
      // what is left of it.
      if build.state == .building, let lease = try await Lease.seize(build.schema, owner: owner, pool: pool) {
        try await build.giveUp(lease, on: pool)
      }
      try await drop(build, options.throttle, onProgress)
    }
  }

  /// Finds or begins the build.
  private func prepare(_ definition: ProjectionDefinition, _ scope: RebuildScope) async throws
    -> ProjectionBuild
  {
    try await pool.withTransaction { transaction in
      let live = try live(definition, scope, on: transaction.connection)
      let build = try definition.resumableBuild(scope, in: transaction)
      // Tables that the bounds do not divide must be complete before a part of the events is applied.
      if let live, scope.isBounded { try build.carry(from: live, in: transaction, dividedToo: false) }
      return build
    }
  }

  /// What is live, unless this may not be built beside it.
  private func live(
    _ definition: ProjectionDefinition, _ scope: RebuildScope, on connection: PostgresConnection
  ) throws -> ProjectionBuild? {
    try definition.check(on: connection)
    let live = try ProjectionBuild.live(definition.name, on: connection)
    if scope.isBounded, live?.version != definition.version {
      throw ProjectionError(
        .boundsRefused,
        "a bounded rebuild completes the live build, and version \(definition.version) is not live"
      )
    }
    return live
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
}

extension ProjectionBuild {
  /// Takes over what a bounded rebuild does not make itself.
  func carry(
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
