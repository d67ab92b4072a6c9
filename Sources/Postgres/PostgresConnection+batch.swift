import CPostgres

/// A statement with the parameters bound to it.
package struct PostgresStatement: Sendable {
  package let sql: String
  package let parameters: [PostgresParameter]

  package init(_ sql: String, _ parameters: [PostgresParameter] = []) {
    self.sql = sql
    self.parameters = parameters
  }
}

extension PostgresConnection {
  /// Runs a few statements in one round trip; outside a transaction they are one of their own. Returns the rows
  /// of each. The first that is refused undoes them all, and is what is thrown.
  ///
  /// All are sent before any answer is read. libpq takes in answers while it cannot send, so neither side waits for
  /// the other.
  ///
  /// PostgreSQL documentation, "Pipeline Mode" and "Extended Query Protocol, Pipelining": without BEGIN, what
  /// lies before a Sync is one implicit transaction.
  package func executeBatch(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresRows] {
    try executeAll(statements)
  }

  /// The same without what was put off.
  func runBatch(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresRows] {
    guard PQenterPipelineMode(handle) == 1 else { throw error(of: nil) }
    let sent = send(statements)
    var failure: PostgresError?
    var rows: [PostgresRows] = []
    for step in sent {
      do throws(PostgresError) {
        let result = try check(nextResult())
        switch step {
        case .prepare(let sql, let name): prepared[sql] = name
        case .execute: rows.append(result)
        }
      } catch { failure = failure ?? error }
    }
    // The answer to the Sync; when the connection broke there is none.
    PQclear(PQgetResult(handle))
    PQexitPipelineMode(handle)
    if let failure { throw failure }
    guard rows.count == statements.count else { throw error(of: nil) }
    return rows
  }

  private enum Step {
    case prepare(sql: String, name: String)
    case execute
  }

  /// What was sent; it ends early when the connection broke.
  private func send(_ statements: [PostgresStatement]) -> [Step] {
    defer { PQpipelineSync(handle) }
    var steps: [Step] = []
    var names = prepared
    for statement in statements {
      var name = names[statement.sql]
      if name == nil {
        let made = "s\(names.count)"
        let oids = statement.parameters.map(\.oid)
        guard PQsendPrepare(handle, made, statement.sql, Int32(oids.count), oids) == 1 else { return steps }
        steps.append(.prepare(sql: statement.sql, name: made))
        names[statement.sql] = made
        name = made
      }
      let isSent = withBound(statement.parameters) { count, values, lengths, formats in
        PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
      }
      guard isSent == 1 else { return steps }
      steps.append(.execute)
    }
    return steps
  }

  /// The result of the next step or statement, and the null pointer that ends it.
  func nextResult() -> OpaquePointer? {
    let result = PQgetResult(handle)
    while result != nil, let extra = PQgetResult(handle) { PQclear(extra) }
    return result
  }
}
