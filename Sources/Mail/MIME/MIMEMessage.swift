import FoundationEssentials

/// A message in the Internet Message Format (RFC 5322) with its MIME parts (RFC 2045), decoded.
package struct MIMEMessage: Sendable {
  /// In the order of the message, names in lower case, values decoded (RFC 2047) and unfolded.
  package let headers: [(name: String, value: String)]
  package let from: [MailAddress]
  package let replyTo: [MailAddress]
  package let to: [MailAddress]
  package let cc: [MailAddress]
  /// Without its angle brackets, as are all ids here.
  package let messageID: String?
  package let inReplyTo: [String]
  package let references: [String]
  /// nil when there is none that can be read.
  package let date: Date?
  package let subject: String?
  /// nil for a message of headers alone.
  package let body: MIMEPart?

  /// The first of this name, which is given in lower case.
  package subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

  package func values(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
}

/// A node of the tree of parts.
package struct MIMEPart: Sendable {
  package enum Content: Sendable {
    /// Without its transfer encoding.
    case bytes([UInt8])
    case parts([MIMEPart])
    /// Another message as it stands (`message/rfc822`).
    case message([UInt8])
  }

  /// Counts the parts that are no multiparts, from 0 and in the order of the message.
  package let number: Int
  /// Lower case, without parameters.
  package let mediaType: String
  package let charset: String?
  /// Of `multipart/report`, in lower case.
  package let reportType: String?
  package let isAttachment: Bool
  package let name: String?
  /// Without its angle brackets.
  package let contentID: String?
  package let content: Content

  package var parts: [MIMEPart] {
    if case .parts(let parts) = content { parts } else { [] }
  }

  /// Of the part itself; none for a multipart.
  package var bytes: [UInt8] {
    switch content {
    case .bytes(let bytes), .message(let bytes): bytes
    case .parts: []
    }
  }

  /// All that are no multiparts, in the order of the message.
  package var leaves: [MIMEPart] {
    if case .parts(let parts) = content { parts.flatMap(\.leaves) } else { [self] }
  }
}
