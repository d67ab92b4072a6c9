import Contracts
import FoundationEssentials
import Mail
import Markdown

/// The mail that a message becomes.
enum EmailDraft {
  /// nil when there is nothing to say.
  static func draft(of message: OutboundMessage, from account: MailAddress, to recipient: MailAddress)
    -> MIMEDraft?
  {
    let text = text(of: message)
    guard !text.allSatisfy(\.isWhitespace) || !message.attachments.isEmpty else { return nil }
    var draft = MIMEDraft(
      messageID: EmailThread(of: message).messageID(of: message.id, domain: account.domain),
      date: message.context.now, from: account, to: recipient, subject: subject(of: message, text: text),
      text: text,
      html: page(Markdown.html(text), subject: subject(of: message, text: text), in: message.htmlPage))
    if let answered = message.replyTo.flatMap(reference) {
      draft.inReplyTo = answered
      draft.references = EmailThread.bounded(
        message.references.compactMap(reference).filter { $0 != answered } + [answered])
    }
    if !message.context.isByPerson {
      // RFC 3834, section 3.1.7, for servers and people's vacation programs; the other is Exchange's.
      draft.fields = [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
    }
    draft.attachments = message.attachments.map {
      MIMEDraft.Attachment(mediaType: $0.mediaType, name: $0.name, bytes: $0.bytes)
    }
    return draft
  }

  private static func text(of message: OutboundMessage) -> String {
    let choices = message.choices.enumerated().map { number, choice in
      "\(number + 1). \(choice.title)" + (choice.description.map { " – \($0)" } ?? "")
    }
    return [message.text, cards(of: message), choices.joined(separator: "\n")].filter { !$0.isEmpty }
      .joined(separator: "\n\n")
  }

  /// Each line by itself in the HTML too, and the address as one that can be followed.
  private static func cards(of message: OutboundMessage) -> String {
    var cards = (message.plainCards ?? "").replacing("\n", with: "  \n")
    if let link = message.location.map(PlainCards.link) { cards = cards.replacing(link, with: "<\(link)>") }
    return cards
  }

  private static func subject(of message: OutboundMessage, text: String) -> String {
    if let subject = message.subject, !subject.allSatisfy(\.isWhitespace) {
      return String(subject.prefix(250))
    }
    let line = text.split(whereSeparator: \.isNewline).first ?? ""
    return String(line.drop { "#*>- ".contains($0) }.prefix(78))
  }

  /// An id that can stand in a field; those that we made for mail without one cannot be answered.
  private static func reference(_ id: String) -> String? {
    guard id.contains("@"), id.allSatisfy({ $0.isASCII && !$0.isWhitespace && !"<>".contains($0) }),
      Bounded.identifier(id) != nil
    else { return nil }
    return id
  }

  /// A page of the connection's own holds places, which are filled once: what is said cannot name another.
  private static func page(_ body: String, subject: String, in page: String?) -> String {
    guard let page, let place = page.firstRange(of: "{{content}}") else { return plainPage(body) }
    func filled(_ part: Substring) -> String { String(part).replacing("{{subject}}", with: escaped(subject)) }
    return filled(page[..<place.lowerBound]) + body + filled(page[place.upperBound...])
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  private static func plainPage(_ body: String) -> String {
    """
    <!DOCTYPE html>
    <html><head><meta charset="utf-8"></head>
    <body style="font-family:-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
    \(body)</body></html>

    """
  }
}
