import Contracts
import Postgres
import Telemetry

/// Reads of what projections keep.
///
/// Each sees the live build of one projection and the rows of one tenant. Tables are named without a schema.
/// The transaction has the role `aigentable_reader`, which can only select and cannot pass row-level security.
/// A rebuild that ends in between is seen by the next read.
package struct ReadModels: Sendable {
  private let pool: PostgresPool
  private let times: ReadTimes

  package init(pool: PostgresPool, metrics: Metrics = Metrics()) {
    self.pool = pool
    times = ReadTimes(metrics)
  }

  /// Runs statements that do not need each other's rows, all in one round trip and one transaction.
  ///
  /// - Parameter body: makes something of the rows of each, on the connection's thread.
  package func read<R: Sendable>(
    _ projection: String, tenant: TenantID, _ statements: [PostgresStatement],
    _ body: @escaping @Sendable ([PostgresRows]) throws -> R
  ) async throws -> R {
    do { return try await once(projection, tenant: tenant, statements, body) } catch let error
      as PostgresError
      where error.isOfADroppedBuild
    {
      return try await once(projection, tenant: tenant, statements, body)
    }
  }

  /// Runs `body` in one transaction, for statements of which one needs what another found; perhaps twice.
  package func read<R: Sendable>(
    _ projection: String, tenant: TenantID, _ body: @escaping @Sendable (Transaction) throws -> R
  ) async throws -> R {
    do { return try await once(projection, tenant: tenant, body) } catch let error as PostgresError
      where error.isOfADroppedBuild
    {
      return try await once(projection, tenant: tenant, body)
    }
  }

  /// Of the live build: before a rebuild it may be older than the projection's folder.
  package func version(of projection: String) async throws -> Int {
    try await pool.withConnection { connection in
      let rows = try connection.execute(
        "select version from projection.version where name = $1 and state = 'live'", [.text(projection)])
      guard let row = rows.first else {
        throw ProjectionError(.notLive, "no build of \(projection) is live")
      }
      return Int(row.int4(0))
    }
  }

  private func once<R: Sendable>(
    _ projection: String, tenant: TenantID, _ statements: [PostgresStatement],
    _ body: @escaping @Sendable ([PostgresRows]) throws -> R
  ) async throws -> R {
    let clock = ContinuousClock()
    let asked = clock.now
    return try await pool.withConnection { [times] connection in
      let begun = clock.now
      let rows = try Self.entering(projection) {
        try connection.executeBatch([Self.entrance(projection, tenant)] + statements)
      }
      times.waiting[projection].record(begun - asked)
      times.statements[projection].record(clock.now - begun)
      return try body(Array(rows.dropFirst()))
    }
  }

  private func once<R: Sendable>(
    _ projection: String, tenant: TenantID, _ body: @escaping @Sendable (Transaction) throws -> R
  ) async throws -> R {
    try await pool.withTransaction { transaction in
      let entrance = Self.entrance(projection, tenant)
      try Self.entering(projection) { try transaction.execute(entrance.sql, entrance.parameters) }
      return try body(transaction)
    }
  }

  private static func entrance(_ projection: String, _ tenant: TenantID) -> PostgresStatement {
    PostgresStatement("select projection.enter($1, $2)", [.text(projection), .uuid(tenant.uuid)])
  }

  @discardableResult
  private static func entering<R>(_ projection: String, _ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as PostgresError where error.sqlState == "PL004" {
      throw ProjectionError(.notLive, "no build of \(projection) is live")
    }
  }
}

extension PostgresError {
  /// A table was gone (PostgreSQL, appendix A): rebuilds in quick succession can drop the build that a read has just
  /// entered.
  fileprivate var isOfADroppedBuild: Bool { sqlState == "42P01" }
}

/// How long batches of reads take, by projection.
package struct ReadTimes: Sendable {
  /// Until a connection was free.
  package let waiting: HistogramFamily
  /// From sending the statements until all rows were there.
  package let statements: HistogramFamily

  package init(_ metrics: Metrics) {
    waiting = metrics.histogram(
      "aigentable_read_waiting_seconds", "Until a read had a connection.", labels: ["projection"])
    statements = metrics.histogram(
      "aigentable_read_statements_seconds", "Until a read had its rows.", labels: ["projection"])
  }
}
