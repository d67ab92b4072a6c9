import Contracts
import Mail

/// What a mail says: the text that is new, what was cut from it, its subject, and its files.
enum EmailContent {
  /// A longer text is cut; the whole of it stays in the body.
  private static let maximumCharacters = 100_000
  /// Likewise what it quotes, of which each mail of a thread brings all that was written before.
  static let maximumQuotedBytes = 32 << 10

  static func content(of message: MIMEMessage, from author: MailAddress) -> InboundContent {
    var content = said(in: message, by: author)
    content.replyTo = Bounded.identifier(message.inReplyTo.first ?? message.references.last)
    content.references = EmailThread.references(of: message)
    content.raw = content.raw ?? EmailCut.note(of: message)
    return content
  }

  private static func said(in message: MIMEMessage, by author: MailAddress) -> InboundContent {
    var parts = EmailParts()
    if let body = message.body { parts.add(body) }
    let subject = Bounded.text(message.subject).map { String($0.prefix(1_000)) }
    let joined = parts.texts.joined(separator: "\n\n")
    // Characters are counted only where there are enough bytes for so many.
    let whole = joined.utf8.count <= maximumCharacters ? joined : String(joined.prefix(maximumCharacters))
    let isForward = EmailQuotes.isForward(subject: subject ?? "")
    let split = isForward ? EmailQuotes.Split(new: whole) : EmailQuotes.split(whole)
    let (text, signature) = EmailSignature.split(split.new, author: author)
    let quoted = quoted([split.above, signature?[...], split.below])
    let attachments = parts.files.compactMap(attachment)
    let words = Bounded.text(text.isEmpty ? nil : text)
    if words == nil, attachments.isEmpty {
      // A mail without a word says what it is about in its subject.
      guard let subject else { return InboundContent(.unsupported, raw: "empty") }
      return InboundContent(.text, text: subject, subject: subject)
    }
    return InboundContent(
      attachments.isEmpty ? .text : .attachment, text: words, quoted: quoted, subject: subject,
      attachments: attachments)
  }

  /// What was cut from the text, in the order of the mail.
  private static func quoted(_ parts: [Substring?]) -> String? {
    let joined = parts.compactMap { $0.map { PlainLines.prefix($0, bytes: maximumQuotedBytes) } }
      .joined(separator: "\n\n")
    // What stands for U+0000 is longer than it.
    return Bounded.text(joined).map { String(PlainLines.prefix($0[...], bytes: maximumQuotedBytes)) }
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
