/// Why bytes are no LZ4 frame that can be read. Never retriable: the same bytes fail again.
package struct LZ4Error: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Not a frame, or one whose checksums do not fit.
    case malformed
    /// The bytes end before the frame does.
    case truncated
    /// More comes out than the caller takes.
    case tooLarge = "too-large"
  }

  package let code: Code
  /// Lower case; holds sizes and liblz4's word for it, never content.
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var isRetriable: Bool { false }
  package var description: String { "lz4 \(code.rawValue): \(message)" }
}
