import Contracts
import Postgres

/// Reads of what projections keep.
package struct ReadModels: Sendable {
  private let pool: PostgresPool

  package init(pool: PostgresPool) { self.pool = pool }

  /// Runs `body` in one transaction that sees the live build of one projection and the rows of one tenant.
  ///
  /// Tables are named without a schema. The transaction has the role `aigentable_reader`, which can only
  /// select and cannot pass row-level security. A rebuild that ends in between is seen by the next read.
  package func read<R: Sendable>(
    _ projection: String,
    tenant: TenantID,
    _ body: @escaping @Sendable (Transaction) throws -> R
  ) async throws -> R {
    try await pool.withTransaction { transaction in
      let entered = try transaction.execute(
        "select projection.enter($1, $2)",
        [.text(projection), .uuid(tenant.uuid)]
      )
      guard !entered[0].isNull(0) else {
        throw ProjectionError(.notLive, "no build of \(projection) is live")
      }
      return try body(transaction)
    }
  }
}
