/// An open transaction. Its body is synchronous and runs on the connection's own thread, so nothing can await
/// while locks are held.
package final class Transaction {
  package let connection: PostgresConnection
  private var hooks: [@Sendable () -> Void] = []
  private var finalWork: [(Transaction) throws -> Void] = []

  init(on connection: PostgresConnection) { self.connection = connection }

  @discardableResult
  package func execute(
    _ sql: String, _ parameters: [PostgresParameter] = []
  ) throws(PostgresError) -> PostgresRows {
    try connection.execute(sql, parameters)
  }

  /// Runs a statement whose rows nobody needs together with the next one, or before COMMIT: a round trip less.
  /// There it fails, too.
  package func executeLater(_ sql: String, _ parameters: [PostgresParameter] = []) {
    connection.executeLater(sql, parameters)
  }

  /// Runs several statements in one round trip and returns the rows of each.
  package func executeBatch(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresRows] {
    try connection.executeBatch(statements)
  }

  /// Runs `hook` once the transaction is known to be committed; it must not block.
  package func afterCommit(_ hook: @escaping @Sendable () -> Void) { hooks.append(hook) }

  /// Runs `work` as the last of this transaction, just before COMMIT: for what takes locks that others wait
  /// for, so that they are held only while the commit is flushed.
  package func beforeCommit(_ work: @escaping (Transaction) throws -> Void) { finalWork.append(work) }

  /// BEGIN, `body`, COMMIT. Any error rolls back; a connection lost once COMMIT was sent is `.commitUnknown`.
  package static func run<R>(
    on connection: PostgresConnection, _ body: (Transaction) throws -> R
  ) throws -> R {
    connection.executeLater(connection.scope.begin)
    let transaction = Transaction(on: connection)
    let result: R
    do {
      result = try body(transaction)
      while !transaction.finalWork.isEmpty { try transaction.finalWork.removeFirst()(transaction) }
      // Apart from COMMIT: only when that was sent does nobody know what became of it.
      try connection.executeNow()
    } catch {
      connection.dropLater()
      // When the connection itself is gone, so is the transaction.
      if !connection.isIdle { try? connection.executeScript(connection.scope.rollback) }
      throw error
    }
    do { try connection.commit() } catch {
      if case .unavailable = error.code { throw PostgresError(.commitUnknown, error.message) }
      if connection.isInTransaction { try? connection.executeScript(connection.scope.rollback) }
      throw error
    }
    for hook in transaction.hooks { hook() }
    return result
  }
}

/// What begins and ends a transaction.
package enum TransactionScope: Sendable {
  case whole
  /// Transactions are parts of one that is open already, and end with it: everything can be taken back.
  case part

  package var begin: String { self == .whole ? "begin" : "savepoint part" }
  package var commit: String { self == .whole ? "commit" : "release part" }
  package var rollback: String { self == .whole ? "rollback" : "rollback to part; release part" }
}
