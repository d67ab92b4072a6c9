/// Connections on which nothing can be written: for what must have no effects. There is no way from it to a connection, a
/// transaction or another pool, which all that writes asks for; and where a query itself would write, the database refuses
/// it with SQLSTATE 25006.
package struct ReadOnlyPool: RowPool {
  private let pool: PostgresPool

  package init(url: String, connections: Int) {
    pool = PostgresPool(
      url: url, connections: connections, name: "aigentable-reading", prefersIndexes: true,
      greeting: "set session characteristics as transaction read only")
  }

  /// Runs `body` in a transaction of its own.
  package func read<R: Sendable>(
    _ body: @escaping @Sendable (any RowSource) throws -> R
  ) async throws -> R {
    try await pool.withTransaction { try body(Reading(transaction: $0)) }
  }

  package func readInTransaction<R: Sendable>(
    _ body: @escaping @Sendable (any RowSource) throws -> R
  ) async throws -> R {
    try await read(body)
  }

  package func shutdown() { pool.shutdown() }
}

/// A transaction of which nothing is left but that it answers.
private struct Reading: RowSource {
  let transaction: Transaction

  func execute(_ sql: String, _ parameters: [PostgresParameter]) throws(PostgresError) -> PostgresRows {
    try transaction.execute(sql, parameters)
  }
}
