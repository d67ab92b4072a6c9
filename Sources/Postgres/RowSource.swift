/// Answers queries: a connection, a transaction, or what a `ReadOnlyPool` hands out. Whoever is handed this alone can ask,
/// and has no means to put anything into somebody's transaction, which is how events, effects and erasures come about.
package protocol RowSource {
  @discardableResult
  func execute(_ sql: String, _ parameters: [PostgresParameter]) throws(PostgresError) -> PostgresRows
}

extension PostgresConnection: RowSource {}
extension Transaction: RowSource {}

/// Where rows can be had.
package protocol RowPool: Sendable {
  /// Runs `body` on one of the pool's connections.
  func read<R: Sendable>(_ body: @escaping @Sendable (any RowSource) throws -> R) async throws -> R
  /// The same, in a transaction of its own.
  func readInTransaction<R: Sendable>(
    _ body: @escaping @Sendable (any RowSource) throws -> R
  ) async throws -> R
}

extension PostgresPool: RowPool {
  package func read<R: Sendable>(
    _ body: @escaping @Sendable (any RowSource) throws -> R
  ) async throws -> R {
    try await withConnection { try body($0) }
  }

  package func readInTransaction<R: Sendable>(
    _ body: @escaping @Sendable (any RowSource) throws -> R
  ) async throws -> R {
    try await withTransaction { try body($0) }
  }
}
