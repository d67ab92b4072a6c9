/// What went wrong between us and Postgres.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// No connection could be made, or the one in use broke before COMMIT was sent: nothing was written.
    case unavailable
    /// The connection broke after COMMIT was sent: the transaction is either committed or not.
    case commitUnknown
    /// Postgres refused a statement; the SQLSTATE says why.
    case refused(sqlState: String)
    /// The pool's queue is full.
    case overloaded
    /// The pool was shut down.
    case closed
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether the same work may succeed when it is done again.
  package var isRetriable: Bool {
    switch code {
    case .unavailable, .overloaded, .commitUnknown: true
    case .closed: false
    case .refused(let state):
      // Serialization failure, deadlock, lock not had in time; ended because it idled or took long, as where the server
      // itself stood still; a server that only reads for now. Resources, operator intervention, system error.
      ["40001", "40P01", "55P03", "25P03", "25P04", "25006"].contains(state)
        || ["53", "57", "58"].contains { state.hasPrefix($0) }
    }
  }

  package var sqlState: String? {
    if case .refused(let state) = code { state } else { nil }
  }

  package var description: String {
    switch code {
    case .unavailable: "postgres is unavailable: \(message)"
    case .commitUnknown: "connection lost during commit: \(message)"
    case .refused(let state): "postgres refused (\(state)): \(message)"
    case .overloaded: "too much work waits for postgres: \(message)"
    case .closed: "postgres pool is closed: \(message)"
    }
  }
}
