import Contracts

/// Why a message is not even tried: a reason of `SendOutcome`.
struct WhatsAppRefusal: Error, Equatable {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  var isRetriable: Bool { false }
}

/// The calls that a message takes, in their order: a template, or its place, its address cards and its files, then its
/// text with the choices.
enum WhatsAppPlan {
  enum Part {
    case text(String)
    case location(Location)
    case contacts([ContactCard])
    case file(WhatsAppUpload, caption: String?)
    case interactive(WhatsAppInteractive)
    case template(WhatsAppTemplate)
  }

  /// "Text object", `body`: at most 4,096 characters.
  static let maximumTextLength = 4_096
  /// "Media object", `caption`.
  static let maximumCaptionLength = 1_024
  /// A text of more parts is refused: it is a fault of whoever wrote it, not a message.
  static let maximumTextParts = 10
  static let maximumFiles = 10

  static func parts(of message: OutboundMessage) throws(WhatsAppRefusal) -> [Part] {
    let isOpen = MetaWindow.isOpen(MetaWindow.standard, for: message.context)
    if let template = message.template, !isOpen || message.text.allSatisfy(\.isWhitespace) {
      guard let template = WhatsAppTemplate(template) else { throw WhatsAppRefusal("invalid-request") }
      return [.template(template)]
    }
    guard isOpen else { throw WhatsAppRefusal("outside-window") }
    guard message.attachments.count <= maximumFiles else { throw WhatsAppRefusal("invalid-request") }
    var files: [WhatsAppUpload] = []
    for attachment in message.attachments { files.append(try WhatsAppUpload(attachment)) }

    let text = text(of: message)
    let cards = cards(of: message)
    if files.count == 1, files[0].takesCaption, message.choices.isEmpty,
      text.utf16.count <= maximumCaptionLength
    {
      return cards + [.file(files[0], caption: text.allSatisfy(\.isWhitespace) ? nil : text)]
    }
    let parts = cards + files.map { Part.file($0, caption: nil) } + (try texts(text, message))
    guard !parts.isEmpty else { throw WhatsAppRefusal("empty-text") }
    return parts
  }

  /// Groups take texts, media and templates alone (Groups API, "Group messaging").
  private static func cards(of message: OutboundMessage) -> [Part] {
    guard message.thread == nil else { return [] }
    return (message.location.map { [.location($0)] } ?? [])
      + (message.contacts.isEmpty ? [] : [.contacts(message.contacts)])
  }

  private static func text(of message: OutboundMessage) -> String {
    [
      message.subject, WhatsAppText.from(markdown: message.text),
      message.thread == nil ? nil : message.plainCards,
    ].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The choices stand below the last part of a long text. Groups take no interactive messages.
  private static func texts(_ text: String, _ message: OutboundMessage) throws(WhatsAppRefusal) -> [Part] {
    let parts = try split(text)
    guard !message.choices.isEmpty else { return parts.map { .text($0) } }
    if message.thread == nil, let last = parts.last,
      let interactive = WhatsAppInteractive(body: last, message.choices)
    {
      return parts.dropLast().map { .text($0) } + [.interactive(interactive)]
    }
    let numbered = WhatsAppInteractive.numbered(message.choices)
    return try split(text.isEmpty ? numbered : "\(text)\n\n\(numbered)").map { .text($0) }
  }

  private static func split(_ text: String) throws(WhatsAppRefusal) -> [String] {
    let parts = try split(text, limit: maximumTextLength)
    let closed = WhatsAppText.closingCode(parts)
    if closed == parts { return parts }
    return WhatsAppText.closingCode(try split(text, limit: maximumTextLength - WhatsAppText.closingLength))
  }

  private static func split(_ text: String, limit: Int) throws(WhatsAppRefusal) -> [String] {
    guard let parts = TextParts.split(text, limit: limit, maximumParts: maximumTextParts) else {
      throw WhatsAppRefusal("text-too-long")
    }
    return parts
  }
}
