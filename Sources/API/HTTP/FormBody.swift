import Mail

/// The body of a form with files (RFC 7578), which is a MIME message without its head.
struct FormBody {
  struct File {
    let name: String
    let mediaType: String
    let bytes: [UInt8]
  }

  /// What the form says besides its files: the first part that has no file name.
  let text: [UInt8]
  let files: [File]

  /// - Parameter contentType: the header as it came, with its boundary.
  init(_ body: [UInt8], contentType: String, atMost maximumFiles: Int) throws(Problem) {
    let message: MIMEMessage
    // What follows the header's first line would be headers of its own.
    guard !contentType.contains(where: \.isNewline) else {
      throw Problem(.malformedForm, "the head is broken")
    }
    var limits = MIMELimits()
    limits.bytes = body.count + contentType.utf8.count + 128
    limits.parts = maximumFiles + 2
    limits.depth = 2
    do {
      message = try MIMEMessage(
        parsing: Array("MIME-Version: 1.0\r\nSubject: form\r\nContent-Type: \(contentType)\r\n\r\n".utf8)
          + body,
        limits: limits)
    } catch {
      throw Problem(.malformedForm, error.message)
    }
    let parts = message.body?.parts ?? []
    guard let text = parts.first(where: { $0.name == nil }) else {
      throw Problem(.malformedForm, "no part of the form is the message")
    }
    self.text = text.bytes
    files = parts.compactMap { part in
      part.name.map { File(name: $0, mediaType: part.mediaType, bytes: part.bytes) }
    }
    guard files.count <= maximumFiles else {
      throw Problem(.invalidContent, "the form has \(files.count) files, at most \(maximumFiles)")
    }
  }
}
