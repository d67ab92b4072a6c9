import Markdown

/// Markdown as Telegram shows it (Bot API, "Formatting options").
///
/// Headings become bold, lists and lines across are written out, images become links. Telegram nests neither
/// quotes nor code: an inner quote is part of the outer, and what is code is nothing else. HTML stays as
/// written.
struct TelegramMarkdown {
  /// A longer text would not go into the parts that a message may have.
  static let maximumBytes = 256 << 10

  /// Lists that lie deeper are as far from the margin.
  private static let maximumIndent = 6

  /// nil for a text that is too long.
  static func text(_ markdown: String) -> TelegramText? {
    guard let events = Markdown.events(of: markdown, maximumBytes: maximumBytes) else { return nil }
    var reader = TelegramMarkdown()
    for event in events { reader.read(event) }
    return reader.text
  }

  private struct List {
    /// nil for bullets.
    var number: Int?
    let isTight: Bool
  }

  private var text = TelegramText()
  /// The elements that are open, each of another kind.
  private var tags: [TelegramText.Tag] = []
  /// Of what is open in the document, whether it has one of them.
  private var hasTag: [Bool] = []
  private var lists: [List] = []
  /// Whether the next block is the first of a list that is in no other.
  private var startsList = false
  private var quotes = 0
  /// What the next block begins with.
  private var marker = ""
  private var tagCount = 0

  private mutating func read(_ event: MarkdownEvent) {
    switch event {
    case .open(let element): open(element)
    case .close(let element): close(element)
    case .text(let text): write(text)
    case .code(let code): writeCode(code, "<code>", "</code>")
    case .codeBlock(let code, let language): writeBlock(code, language)
    case .html(let html, let isBlock):
      if isBlock { startBlock() }
      write(isBlock ? String(html.reversed().drop(while: \.isNewline).reversed()) : html)
    case .softBreak, .lineBreak: write("\n")
    case .rule:
      startBlock()
      write("———")
    }
  }

  private mutating func open(_ element: MarkdownElement) {
    switch element {
    case .paragraph: startBlock()
    case .heading:
      startBlock()
      push("<b>", "</b>")
    case .quote:
      quotes += 1
      // What it begins with ends the block before.
      if quotes == 1 { push("<blockquote>", "</blockquote>") }
    case .list(let start, let isTight):
      startsList = lists.isEmpty
      lists.append(List(number: start, isTight: isTight))
    case .item: startItem()
    case .emphasis: push("<i>", "</i>")
    case .strong: push("<b>", "</b>")
    case .strike: push("<s>", "</s>")
    case .link(let address), .image(let address):
      push("<a href=\"\(TelegramText.escaped(address))\">", "</a>", if: Self.isLinked(address))
    }
  }

  private mutating func close(_ element: MarkdownElement) {
    switch element {
    case .paragraph: break
    case .quote:
      quotes -= 1
      if quotes == 0 { pop() }
    case .list: lists.removeLast()
    case .item: if !marker.isEmpty { startBlock() }
    case .link(let address), .image(let address):
      if !Self.isLinked(address) { writeAddress(address) }
      pop()
    case .heading, .emphasis, .strong, .strike: pop()
    }
  }

  /// Ends the block before, if there is one, outside of the elements that are new.
  private mutating func startBlock() {
    if let last = text.runs.last {
      let common = zip(last.tags, tags).prefix { $0 == $1 }.map(\.0)
      let isClose = lists.last?.isTight == true && !startsList
      text.runs.append(.init(text: isClose ? "\n" : "\n\n", tags: common))
    }
    if !marker.isEmpty { text.runs.append(.init(text: marker, tags: tags)) }
    marker = ""
    startsList = false
  }

  private mutating func startItem() {
    guard let list = lists.indices.last else { return }
    // An item that begins with a list has a line of its own.
    if !marker.isEmpty { startBlock() }
    marker =
      String(repeating: "  ", count: min(list, Self.maximumIndent))
      + (lists[list].number.map { "\($0). " } ?? "• ")
    lists[list].number? += 1
  }

  /// An element within one of its own kind adds nothing.
  private mutating func push(_ open: String, _ close: String, if isShown: Bool = true) {
    let isNew = isShown && !tags.contains { $0.close == close }
    if isNew { tags.append(newTag(open, close)) }
    hasTag.append(isNew)
  }

  private mutating func pop() {
    if hasTag.popLast() == true { tags.removeLast() }
  }

  private mutating func newTag(_ open: String, _ close: String) -> TelegramText.Tag {
    tagCount += 1
    return TelegramText.Tag(id: tagCount, open: open, close: close)
  }

  private mutating func write(_ words: String) {
    if !words.isEmpty { text.runs.append(.init(text: words, tags: tags)) }
  }

  /// Code goes with quotes alone; in a link it is the link's text.
  private mutating func writeCode(_ code: String, _ open: String, _ close: String) {
    guard !code.isEmpty else { return }
    if tags.contains(where: { $0.close == "</a>" }) { return write(code) }
    let around = tags.filter { $0.close == "</blockquote>" }
    text.runs.append(.init(text: code, tags: around + [newTag(open, close)]))
  }

  private mutating func writeBlock(_ code: String, _ language: String?) {
    startBlock()
    let code = code.hasSuffix("\n") ? String(code.dropLast()) : code
    if let language {
      let name = TelegramText.escaped(language)
      writeCode(code, "<pre><code class=\"language-\(name)\">", "</code></pre>")
    } else {
      writeCode(code, "<pre>", "</pre>")
    }
  }

  /// Of a link that Telegram does not make: behind its words, unless it is what they say.
  private mutating func writeAddress(_ address: String) {
    guard !address.isEmpty else { return }
    let plain = address.drop { $0 != ":" }.dropFirst()
    let isKnown = address.hasPrefix("mailto:") || address.hasPrefix("tel:")
    let shown = isKnown ? String(plain) : address
    if text.runs.last?.text.hasSuffix(shown) != true { write(" (\(shown))") }
  }

  private static func isLinked(_ address: String) -> Bool {
    ["https://", "http://", "tg://"].contains { address.lowercased().hasPrefix($0) }
  }
}
