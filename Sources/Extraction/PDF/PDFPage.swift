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
    var area = Self.area(of: page)
    guard let raw = poppler_page_get_text_for_area(page, &area) else { return }
    defer { g_free(raw) }
    let characters = Array(String(cString: raw).unicodeScalars)
    var boxes: UnsafeMutablePointer<PopplerRectangle>?
    var count: guint = 0
    poppler_page_get_text_layout_for_area(page, &area, &boxes, &count)
    defer { g_free(boxes) }
    let size = Self.sizes(page, &area, count: characters.count)
    var start = 0
    for index in 0...characters.count where index == characters.count || characters[index] == "\n" {
      if start < index {
        lines.append(
          Self.line(
            characters[start..<index], size[start..<index],
            UnsafeBufferPointer(start: boxes, count: Int(count)), start..<index))
      }
      start = index + 1
    }
    lines = Self.inReadingOrder(Self.joiningSpacedWords(lines))
    sizes = lines.map { ($0.size, $0.text.count) }
  }

  /// More than the page. Of the page alone, poppler begins with the block that is nearest to its corner and loses those
  /// that it reads before: text set downwards, for instance. What lies beside the page it gives in no case.
  private static func area(of page: OpaquePointer) -> PopplerRectangle {
    var (width, height) = (0.0, 0.0)
    poppler_page_get_size(page, &width, &height)
    let beyond = max(width, height)
    return PopplerRectangle(x1: -beyond, y1: -beyond, x2: 2 * beyond, y2: 2 * beyond)
  }

  private static func line(
    _ characters: ArraySlice<Unicode.Scalar>, _ sizes: ArraySlice<Double>,
    _ boxes: UnsafeBufferPointer<PopplerRectangle>, _ range: Range<Int>
  ) -> Line {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: characters)
    var frequent: [Double: Int] = [:]
    for size in sizes { frequent[size, default: 0] += 1 }
    let size = frequent.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    let box = boxes[range.clamped(to: 0..<boxes.count)]
    let spacing = letterSpacing(characters, box.map { ($0.x1, $0.x2) }, size: size)
    if spacing != nil { text.removeAll { $0 == " " } }
    return Line(
      text: String(text).collapsedBlanks, size: size, top: box.map(\.y1).min() ?? 0,
      bottom: box.map(\.y2).max() ?? 0, left: box.map(\.x1).min() ?? 0, right: box.map(\.x2).max() ?? 0,
      runsDown: runsDown(box), letterSpacing: spacing)
  }

  private static func runsDown(_ boxes: Slice<UnsafeBufferPointer<PopplerRectangle>>) -> Bool {
    guard let first = boxes.first, let last = boxes.last else { return false }
    let down = (last.y1 + last.y2 - first.y1 - first.y2) / 2
    // A sign of one character runs nowhere, whatever is lost to rounding.
    return down > max(abs(last.x1 + last.x2 - first.x1 - first.x2) / 2, (first.y2 - first.y1) / 4)
  }

  /// Of each character, in points.
  private static func sizes(_ page: OpaquePointer, _ area: inout PopplerRectangle, count: Int) -> [Double] {
    var sizes = [Double](repeating: 0, count: count)
    guard let list = poppler_page_get_text_attributes_for_area(page, &area) else { return sizes }
    defer { poppler_page_free_text_attributes(list) }
    var item = Optional(list)
    while let current = item {
      if let attributes = cpoppler_attributes(current)?.pointee {
        let range = max(0, Int(attributes.start_index))..<max(0, min(count, Int(attributes.end_index) + 1))
        for index in range { sizes[index] = attributes.font_size }
      }
      item = cpoppler_next(current)
    }
    return sizes
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
