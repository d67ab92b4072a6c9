/// Why bytes cannot be read as a message. No case is retriable: the same fails again.
package struct MIMEError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case tooLarge = "too-large"
    case tooManyParts = "too-many-parts"
    /// Not one header field.
    case notMail = "not-mail"
  }

  package let code: Code
  /// Lower case; holds sizes, never what a person wrote.
  package let message: String

  package var isRetriable: Bool { false }

  package var description: String { "mail \(code.rawValue): \(message)" }
}

/// What one message may hold at most.
package struct MIMELimits: Sendable {
  /// Of the whole message.
  package var bytes = 25 << 20
  /// Of its header, in bytes.
  package var headerBytes = 256 << 10
  /// Parts of all kinds. Deeper ones than `depth` count as attachments with all that is in them.
  package var parts = 500
  package var depth = 20
  /// Lines that begin as boundaries do, in a message that has any.
  package var boundaryLines = 10_000
  /// Groups of addresses within each other.
  package var groups = 500

  package init() {}
}
