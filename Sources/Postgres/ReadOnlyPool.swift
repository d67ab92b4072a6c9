/// Connections on which nothing can be written, by the database's own word: for what must have no effects. There is no way
/// from it to a connection that could.
package struct ReadOnlyPool: Sendable {
  /// As every pool; what it is asked to write is refused with SQLSTATE 25006.
  package let pool: PostgresPool

  package init(url: String, connections: Int) {
    pool = PostgresPool(
      url: url, connections: connections, name: "aigentable-reading", prefersIndexes: true,
      greeting: "set session characteristics as transaction read only")
  }

  package func shutdown() { pool.shutdown() }
}
