/// What went wrong with the log.
package struct EventLogError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// The log cannot be reached now; nothing is known to be written. Appending the same ids again is safe.
    case unavailable
    /// Too much waits to be appended; try again later.
    case overloaded
    /// Topics are missing, have another number of partitions than recorded, or were made by something else.
    case misconfigured
    /// The event cannot be taken: too large, key too long.
    case refused
    /// The log or the reader was closed.
    case closed
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var isRetriable: Bool { code == .unavailable || code == .overloaded }
  package var description: String { "event log \(code): \(message)" }
}
