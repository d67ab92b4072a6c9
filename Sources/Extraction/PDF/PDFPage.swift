import CPoppler

/// The lines of one page with what tells headings and paragraphs apart.
struct PDFPage {
  struct Line {
    var text: String
    /// In points, of most of its characters.
    var size: Double
    var top: Double
    var bottom: Double
    var left: Double
    var right: Double
    /// Set downwards or turned so: its characters follow each other down the page.
    var runsDown: Bool
    /// Between its letters, in points, where these are set apart; nil where they are not.
    var letterSpacing: Double?
  }

  private var lines: [Line] = []
  private var sizes: [(size: Double, count: Int)] = []

  init(_ page: OpaquePointer) {
    let rows = Self.rows(of: PDFGlyph.lines(of: page))
    let read = rows.map(Self.line)
    if let order = Self.orderOfDrawing(rows) {
      lines = Self.joiningSpacedWords(order.map { read[$0] })
    } else {
      lines = Self.inReadingOrder(Self.joiningSpacedWords(read))
    }
    sizes = lines.map { ($0.size, $0.text.count) }
  }

  private static func line(_ glyphs: [PDFGlyph]) -> Line {
    let characters = glyphs.map(\.character)
    var frequent: [Double: Int] = [:]
    for glyph in glyphs { frequent[glyph.size, default: 0] += 1 }
    let size = frequent.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    let spacing = letterSpacing(characters[...], glyphs.map { ($0.box.left, $0.box.right) }, size: size)
    var text = String.UnicodeScalarView()
    for character in characters
    where character != GlyphMap.unknown && (spacing == nil || character != " ") { text.append(character) }
    return Line(
      text: String(text).collapsedBlanks, size: size, top: glyphs.map(\.box.top).min() ?? 0,
      bottom: glyphs.map(\.box.bottom).max() ?? 0, left: glyphs.map(\.box.left).min() ?? 0,
      right: glyphs.map(\.box.right).max() ?? 0, runsDown: PDFGlyph.direction(of: glyphs) == .down,
      letterSpacing: spacing)
  }

  /// - Parameter seen: of this page and those before.
  func blocks(_ seen: inout FontSizes, place: String) -> [Block] {
    for (size, count) in sizes { seen.add(size, count) }
    let body = seen.body ?? 0
    var blocks: [Block] = []
    var paragraph = ""
    var last: Line?
    func close() {
      let text = paragraph.trimmedBlanks
      if !text.isEmpty {
        blocks.append(
          Block(Self.kind(of: text), level: Self.kind(of: text) == .item ? 1 : 0, text, place: place))
      }
      paragraph = ""
    }
    for line in lines where !line.text.isEmpty {
      if let level = Self.headingLevel(line, body) {
        close()
        // A heading of two lines is one.
        if let before = blocks.last, let last, before.kind == .heading, before.level == level,
          line.top - last.bottom < line.size
        {
          blocks[blocks.count - 1] = Block(
            .heading, level: level, before.text + " " + line.text, place: place)
        } else {
          blocks.append(Block(.heading, level: level, line.text, place: place))
        }
      } else {
        if let last, Self.isApart(line, from: last) || Self.kind(of: line.text) == .item { close() }
        Self.join(line.text, to: &paragraph)
      }
      last = line
    }
    close()
    return blocks
  }

  private static func headingLevel(_ line: Line, _ body: Double) -> Int? {
    guard body > 0, line.text.count <= 150, line.text.contains(where: \.isLetter) else { return nil }
    switch line.size / body {
    case 1.6...: return 1
    case 1.3..<1.6: return 2
    case 1.12..<1.3: return 3
    default: return nil
    }
  }

  static func isApart(_ line: Line, from last: Line) -> Bool {
    let height = max(last.bottom - last.top, 1)
    // Another column, or more than half a line left free.
    return line.top < last.top - height || line.top - last.bottom > height * 0.55
  }

  private static func kind(of text: String) -> Block.Kind {
    guard let first = text.first else { return .paragraph }
    return "•‣◦▪–·".contains(first) ? .item : .paragraph
  }

  /// A word that was divided at the end of a line is whole again.
  private static func join(_ line: String, to paragraph: inout String) {
    if paragraph.last == "-" || paragraph.last == "\u{AD}", line.first?.isLowercase == true,
      paragraph.dropLast().last?.isLetter == true
    {
      paragraph.removeLast()
    } else if !paragraph.isEmpty {
      paragraph += "\n"
    }
    paragraph += line
  }
}
