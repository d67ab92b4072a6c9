/// Why a replay cannot be done.
package struct ReplayError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// Nothing of that id is in the log.
    case unknown
    /// What is asked for does not fit together.
    case refused
    /// A judge's answer cannot be read.
    case judgement
  }

  package let code: Code
  /// Lower case; holds ids, never what a person wrote.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var isRetriable: Bool { false }
  package var description: String { "replay: \(message)" }
}
