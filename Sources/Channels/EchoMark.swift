import Contracts

/// By what a report of a message that was just sent is told from one of what a person wrote, on platforms that name
/// neither who sent it nor anything that was sent along: what it says, or of what sort it is.
package enum EchoMark {
  package static let file = "file"
  /// Buttons and cards come back in forms of the platform's own.
  package static let other = "other"

  /// Platforms cut white space at the ends, and some of it between.
  package static func text(_ text: String) -> String {
    "text " + text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// What a report says.
  package static func of(_ content: InboundContent) -> String {
    if !content.attachments.isEmpty { return file }
    guard content.kind != .unsupported, let said = content.text else { return other }
    return text(said)
  }
}
