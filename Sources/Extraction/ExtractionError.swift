/// Why a file gave no text. The description is meant for whoever handed it in.
package struct ExtractionError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Codable, Sendable {
    case encrypted, damaged, unsupported, empty
    /// It wanted more time, memory or room than one file may have.
    case tooMuch = "too-much"
    case cancelled
    /// The machine, not the file: may be tried again.
    case unavailable
  }

  package let code: Code
  package let description: String
  package var isRetriable: Bool { code == .unavailable }

  /// Whoever handed it in has stopped it.
  package static let cancelled = ExtractionError(.cancelled, "cancelled")

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
