/// Why a pattern cannot be read, or a text not be compared with it. Never retriable: the same pattern and text fail
/// again.
package struct PatternError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Not a pattern, or one of a syntax that is not known.
    case malformed
    /// The pattern, or what it comes to when it is written out, is too long.
    case tooLarge = "too-large"
    /// Comparing would take more work or memory than there is.
    case tooMuchWork = "too-much-work"
  }

  package let code: Code
  /// Lower case; holds sizes and PCRE2's word for it, never content.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var isRetriable: Bool { false }
  package var description: String { "pattern \(code.rawValue): \(message)" }
}
