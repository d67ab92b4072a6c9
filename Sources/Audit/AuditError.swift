/// Why a checkpoint or a proof cannot be made. What verification finds is a `Difference` instead.
package struct AuditError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// No checkpoint was made yet, or none of that number.
    case noCheckpoint
    /// No checkpoint covers the event, or the log does not hold it any more.
    case unknownEvent
    /// What is stored does not fit what was signed; `audit verify` says what.
    case inconsistent
    /// Another process extended the trees meanwhile.
    case concurrent
    /// A file of checkpoints cannot be read or written.
    case file
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var isRetriable: Bool { code == .concurrent }
  package var description: String { "audit: \(message)" }
}
