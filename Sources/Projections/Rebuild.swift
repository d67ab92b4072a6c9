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
    /// The most events that one transaction applies.
    package var batchSize: Int

    package init(scope: RebuildScope = .all, acceptsDifferences: Bool = false, batchSize: Int = 20_000) {
      self.scope = scope
      self.acceptsDifferences = acceptsDifferences
      self.batchSize = batchSize
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

  /// - Parameter onProgress: told after each batch; called one at a time, and must not block.
  package func run(
    _ definition: ProjectionDefinition,
    _ options: Options = Options(),
    onProgress: @escaping @Sendable (RebuildProgress) -> Void = { _ in }
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
        try await follower.catchUp(build, lease: lease) { meter.moved($0, $1) }
      }
      for attempt in 1... {
        do {
          let tables = try await finish(build, definition, lease, options, follower, meter)
          return meter.report(schema: build.schema, tables: tables)
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
  ) async throws -> [TableComparison] {
    let live = try await pool.withConnection { try ProjectionBuild.live(definition.name, on: $0) }
    guard let live else {
      try await pool.withTransaction { try build.promote(lease: lease, in: $0) }
      return []
    }
    guard let liveLease = try await Lease.seize(live.schema, owner: owner, pool: pool) else {
      throw lease.lost
    }
    do {
      let ends = try await follower.ends(of: build).merging(follower.ends(of: live)) { first, _ in first }
      try await lease.renewing {
        try await liveLease.renewing {
          try await follower.follow(build, lease: lease, to: ends.of(build)) { meter.moved($0, $1) }
          try await follower.follow(live, lease: liveLease, to: ends.of(live))
        }
      }
      return try await pool.withTransaction { transaction in
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
        return tables
      }
    } catch {
      await liveLease.release()
      throw error
    }
  }
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
