import Contracts
import Mail

/// What a mail says: the text that is new, its subject, and its files.
enum EmailContent {
  /// A longer text is cut; the whole of it stays in the body.
  private static let maximumCharacters = 100_000

  static func content(of message: MIMEMessage, from author: MailAddress) -> InboundContent {
    var parts = EmailParts()
    if let body = message.body { parts.add(body) }
    let subject = Bounded.text(message.subject).map { String($0.prefix(1_000)) }
    let whole = String(parts.texts.joined(separator: "\n\n").prefix(maximumCharacters))
    let isForward = EmailQuotes.isForward(subject: subject ?? "")
    let new = isForward ? whole : EmailQuotes.newText(of: whole)
    let text = EmailSignature.split(new, author: author).text
    let attachments = parts.files.compactMap(attachment)
    let replyTo = Bounded.identifier(message.inReplyTo.first ?? message.references.last)
    let words = Bounded.text(text.isEmpty ? nil : text)
    if words == nil, attachments.isEmpty {
      // A mail without a word says what it is about in its subject.
      guard let subject else { return InboundContent(.unsupported, replyTo: replyTo, raw: "empty") }
      return InboundContent(.text, text: subject, subject: subject, replyTo: replyTo)
    }
    return InboundContent(
      attachments.isEmpty ? .text : .attachment, text: words, subject: subject, replyTo: replyTo,
      attachments: attachments)
  }

  private static func attachment(_ part: MIMEPart) -> InboundAttachment {
    InboundAttachment(
      kind: kind(part.mediaType), source: .part(part.number), mediaType: part.mediaType,
      // A picture within a page is often named by its content id alone.
      name: Bounded.name(part.name ?? part.contentID), bytes: part.bytes.count)
  }

  private static func kind(_ mediaType: String) -> AttachmentKind {
    switch mediaType.prefix(while: { $0 != "/" }) {
    case "image": .image
    case "audio": .audio
    case "video": .video
    default: .document
    }
  }
}

/// The parts of a mail as a reader sees them: texts one after the other, and files.
struct EmailParts {
  /// Of one part, before it is decoded: longer than any text that is kept.
  private static let maximumTextBytes = 512 << 10
  private(set) var texts: [String] = []
  private(set) var files: [MIMEPart] = []

  mutating func add(_ part: MIMEPart) {
    switch part.mediaType {
    case "multipart/alternative" where !part.parts.isEmpty: addAlternatives(part.parts)
    case "multipart/signed" where !part.parts.isEmpty:
      // The second is the signature of the first (RFC 1847): nothing that anyone would read.
      add(part.parts[0])
      for rest in part.parts.dropFirst(2) { add(rest) }
    case _ where !part.parts.isEmpty:
      for part in part.parts { add(part) }
    case _ where part.mediaType.hasPrefix("multipart/") && part.bytes.isEmpty: break
    default: addLeaf(part)
    }
  }

  /// The same thing told in several ways, of which the plainest is taken. Files may lie in each.
  private mutating func addAlternatives(_ parts: [MIMEPart]) {
    let choices = parts.map { part in
      var choice = EmailParts()
      choice.add(part)
      return (part, choice)
    }
    let plain = choices.first { $0.0.mediaType == "text/plain" && !$0.1.texts.isEmpty }
    texts += (plain ?? choices.last { !$0.1.texts.isEmpty })?.1.texts ?? []
    files += choices.flatMap(\.1.files)
  }

  private mutating func addLeaf(_ part: MIMEPart) {
    let isText = !part.isAttachment && part.name == nil
    switch part.mediaType {
    case "text/plain" where isText:
      addText(Charset.decode(Array(part.bytes.prefix(Self.maximumTextBytes)), as: part.charset))
    case "text/html" where isText: addText(Self.text(ofHTML: part))
    case _ where part.bytes.isEmpty && part.name == nil: break
    default: files.append(part)
    }
  }

  private mutating func addText(_ text: String) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let text = lines.joined(separator: "\n")
    if !text.allSatisfy(\.isWhitespace) { texts.append(text) }
  }

  private static func text(ofHTML part: MIMEPart) -> String {
    let bytes = Array(part.bytes.prefix(HTMLText.maximumBytes))
    // The page may say itself what it is in.
    if part.charset == nil, String(validating: bytes, as: UTF8.self) == nil {
      return HTMLText.text(of: bytes, charset: nil)
    }
    return HTMLText.text(of: Charset.decode(bytes, as: part.charset))
  }
}
