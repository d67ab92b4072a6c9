/// Puts pieces of text into lines, as HTML runs them together and its blocks set them apart. All in bytes of UTF-8:
/// pages are long.
struct HTMLTextWriter {
  /// The lines that are done, each with a line feed behind it.
  private var lines: [UInt8] = []
  private var line: [UInt8] = []
  private var quotations = 0
  private var preformatted = 0
  /// A blank has been read and nothing behind it.
  private var hasBlank = false
  private var wantsEmptyLine = false
  /// A piece of preformatted text ended in the first half of a line's end.
  private var endedInReturn = false
  /// Those that are open: where each leads, which is empty when it is not told, and where its text begins in the line.
  private var links: [(address: [UInt8], start: Int)] = []

  /// - Parameter text: whole characters, maybe a part of a word.
  mutating func write(_ text: UnsafeBufferPointer<UInt8>) {
    if preformatted > 0 { return writePreformatted(text) }
    var index = 0
    while index < text.count {
      let blank = WhiteSpace.length(text, at: index)
      if blank > 0 {
        hasBlank = true
        index += blank
      } else if WhiteSpace.isNoBreakBlank(text, at: index) {
        put(CollectionOfOne(Self.blank))
        index += 2
      } else {
        let end = Self.endOfWords(text, from: index)
        put(UnsafeBufferPointer(rebasing: text[index..<end]))
        index = end
      }
    }
  }

  /// Words with a blank between them are put at once.
  private static func endOfWords(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var end = WhiteSpace.end(of: text, from: start)
    while end + 1 < text.count, text[end] == blank, (0x21..<0x7F).contains(text[end + 1]) {
      end = WhiteSpace.end(of: text, from: end + 1)
    }
    return end
  }

  private mutating func writePreformatted(_ text: UnsafeBufferPointer<UInt8>) {
    var start = endedInReturn && text.first == Self.lineFeed ? 1 : 0
    var index = start
    while index < text.count {
      let length = WhiteSpace.lineEnd(text, at: index)
      if length > 0 {
        if index > start { put(text[start..<index]) }
        breakLine()
        start = index + length
      }
      index += max(length, 1)
    }
    if start < text.count { put(text[start...]) }
    endedInReturn = text.last == 0x0D
  }

  private mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { write($0) }
  }

  mutating func open(_ element: HTMLElement, _ attributes: HTMLAttributes) {
    if element.contains(.block) { endBlock(element) }
    if element.contains(.quotation) { quotations += 1 }
    if element.contains(.lineBreak) {
      breakLine()
    } else if element.contains(.listItem) {
      put("- ".utf8)
    } else if element.contains(.cell) {
      hasBlank = true
    } else if element.contains(.preformatted) {
      preformatted += 1
      endedInReturn = false
    } else if element.contains(.image) {
      if let text = attributes["alt"]?.trimmingBlanks, !text.isEmpty { write("[\(text)]") }
    } else if element.contains(.link) {
      links.append((HTMLLink.address(of: attributes), line.count))
    }
  }

  mutating func close(_ element: HTMLElement) {
    if element.contains(.preformatted) { preformatted -= 1 }
    if element.contains(.link) { closeLink() }
    if element.contains(.block) { endBlock(element) }
    if element.contains(.quotation) { quotations -= 1 }
  }

  mutating func finished() -> String {
    endLine()
    let end = lines.lastIndex { $0 != Self.lineFeed }.map { $0 + 1 } ?? 0
    return String(decoding: lines[..<end], as: UTF8.self)
  }

  private mutating func endBlock(_ element: HTMLElement) {
    endLine()
    if element.contains(.paragraph) { wantsEmptyLine = true }
  }

  private mutating func closeLink() {
    guard let link = links.popLast(), !link.address.isEmpty,
      !HTMLLink.isTold(link.address, by: line.dropFirst(link.start))
    else { return }
    write(" (")
    link.address.withUnsafeBufferPointer { write($0) }
    write(")")
  }

  private mutating func put(_ text: some Collection<UInt8>) {
    if line.isEmpty {
      if wantsEmptyLine, isBehindText { endLine(quoting: []) }
      wantsEmptyLine = false
    } else if hasBlank {
      line.append(Self.blank)
    }
    hasBlank = false
    line.append(contentsOf: text)
  }

  private mutating func endLine() {
    hasBlank = false
    if !line.isEmpty { breakLine() }
  }

  /// Also ends an empty line.
  private mutating func breakLine() {
    let text = Self.trimmed(line)
    if !text.isEmpty || isBehindText { endLine(quoting: text) }
    line.removeAll(keepingCapacity: true)
    hasBlank = false
  }

  private mutating func endLine(quoting text: ArraySlice<UInt8>) {
    for level in 0..<min(quotations, 5) {
      if level > 0 { lines.append(Self.blank) }
      lines.append(UInt8(ascii: ">"))
    }
    if quotations > 0, !text.isEmpty { lines.append(Self.blank) }
    lines.append(contentsOf: text)
    lines.append(Self.lineFeed)
  }

  /// Whether there is a line above that is not empty.
  private var isBehindText: Bool {
    guard let last = lines.indices.last, last > 0 else { return false }
    return lines[last - 1] != Self.lineFeed
  }

  private static func trimmed(_ line: [UInt8]) -> ArraySlice<UInt8> {
    guard let first = line.firstIndex(where: { !WhiteSpace.isASCII($0) }),
      let last = line.lastIndex(where: { !WhiteSpace.isASCII($0) })
    else { return [] }
    // Blanks of other kinds are in preformatted text alone.
    if !WhiteSpace.mayBegin(line[first]), !WhiteSpace.mayEnd(line[last]) { return line[first...last] }
    return ArraySlice(String(decoding: line[first...last], as: UTF8.self).trimmingBlanks.utf8)
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private static let blank = UInt8(ascii: " ")
}
