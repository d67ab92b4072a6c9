/// What of an element matters to its text.
struct HTMLElement: OptionSet {
  let rawValue: UInt16

  /// Begins and ends a line.
  static let block = HTMLElement(rawValue: 1 << 0)
  /// Has an empty line before and behind it.
  static let paragraph: HTMLElement = [.block, HTMLElement(rawValue: 1 << 1)]
  static let quotation: HTMLElement = [.block, HTMLElement(rawValue: 1 << 2)]
  /// Nobody sees what is in it.
  static let hidden = HTMLElement(rawValue: 1 << 3)
  static let preformatted = HTMLElement(rawValue: 1 << 4)
  static let link = HTMLElement(rawValue: 1 << 5)
  static let image = HTMLElement(rawValue: 1 << 6)
  static let lineBreak = HTMLElement(rawValue: 1 << 7)
  static let listItem: HTMLElement = [.block, HTMLElement(rawValue: 1 << 8)]
  static let cell = HTMLElement(rawValue: 1 << 9)
  /// May be what mail programs wrap around the mail that is answered.
  private static let wrapper = HTMLElement(rawValue: 1 << 10)

  /// - Parameter name: in lower case, with a zero behind it.
  init(named name: UnsafePointer<UInt8>) {
    // Names of up to 15 bytes, as all of these are, lie in the string itself.
    self = Self.named[String(cString: name)] ?? []
  }

  mutating func add(_ attributes: HTMLAttributes) {
    if contains(.wrapper), Self.quotes(attributes) { formUnion(.quotation) }
    if attributes.hide { formUnion(.hidden) }
  }

  init(rawValue: UInt16) { self.rawValue = rawValue }

  private static func quotes(_ attributes: HTMLAttributes) -> Bool {
    if let id = attributes["id"], id == "OLK_SRC_BODY_SECTION" || id == "divRplyFwdMsg" { return true }
    let classes = attributes["class"]?.split(whereSeparator: \.isWhitespace) ?? []
    return classes.contains { $0 == "gmail_quote" || $0 == "yahoo_quoted" || $0 == "protonmail_quote" }
  }

  private static let named: [String: HTMLElement] = {
    var named: [String: HTMLElement] = [
      "blockquote": .quotation, "pre": [.block, .preformatted], "li": .listItem, "div": [.block, .wrapper],
      "span": .wrapper, "a": .link, "img": .image, "br": .lineBreak, "td": .cell, "th": .cell,
    ]
    for name in ["script", "style", "head", "title", "template", "noscript", "object"] {
      named[name] = .hidden
    }
    for name in ["h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "table", "ul"] { named[name] = .paragraph }
    for name in [
      "address", "article", "aside", "body", "center", "dd", "dl", "dt", "fieldset", "footer", "form",
      "header",
      "hr", "main", "nav", "section", "tr",
    ] {
      named[name] = .block
    }
    return named
  }()
}
