import Glibc

/// Lines of a text, looked at by bytes: mails are long, and characters are dear.
enum PlainLines {
  /// The text with a line feed for whatever ends a line in it.
  static func text(_ text: String) -> String {
    withBytes(text[...]) { bytes in
      guard nextEnd(bytes, from: 0) != nil else { return text }
      // No line end is shorter than a line feed.
      return String(unsafeUninitializedCapacity: bytes.count) { plain in
        var count = 0
        var start = 0
        while let end = nextEnd(bytes, from: start) {
          count = plain[count...].initialize(fromContentsOf: bytes[start..<end.start])
          plain.initializeElement(at: count, to: lineFeed)
          count += 1
          start = end.start + end.length
        }
        return plain[count...].initialize(fromContentsOf: bytes[start...])
      }
    }
  }

  /// Of a text whose lines end in line feeds.
  static func split(_ text: String) -> [Substring] {
    var lines: [Substring] = []
    withBytes(text[...]) { bytes in
      var start = 0
      // Native strings are UTF-8, so that an offset is an index at no cost.
      func index(_ offset: Int) -> String.Index { text.utf8.index(text.startIndex, offsetBy: offset) }
      while let base = bytes.baseAddress,
        let end = memchr(base + start, Int32(lineFeed), bytes.count - start)
      {
        let offset = UnsafeRawPointer(end) - UnsafeRawPointer(base)
        lines.append(text[index(start)..<index(offset)])
        start = offset + 1
      }
      lines.append(text[index(start)...])
    }
    return lines
  }

  /// Calls back with the bytes of a text as they lie: one after the other through a view they take many times as long.
  static func withBytes<Result>(
    _ text: Substring, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    text.utf8.withContiguousStorageIfAvailable(body) ?? Array(text.utf8).withUnsafeBufferPointer(body)
  }

  /// Lines of one text, in its order, with line feeds between them.
  static func joined(_ lines: ArraySlice<Substring>) -> String {
    guard var run = lines.first else { return "" }
    var text = ""
    // Those that follow upon each other in the text are taken over together.
    for line in lines.dropFirst() {
      if run.base.utf8.index(after: run.endIndex) == line.startIndex {
        run = run.base[run.startIndex..<line.endIndex]
      } else {
        text.append(contentsOf: run)
        text += "\n"
        run = line
      }
    }
    text.append(contentsOf: run)
    return text
  }

  /// The beginning of a text, of at most so many bytes, which does not end within a code point.
  static func prefix(_ text: Substring, bytes maximum: Int) -> Substring {
    let bytes = text.utf8
    guard bytes.count > maximum else { return text }
    var end = bytes.index(bytes.startIndex, offsetBy: maximum)
    while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
    return text[..<end]
  }

  /// Without white space behind it.
  static func trimmingEnd(_ line: Substring) -> Substring {
    enum End { case blank, seen(Int), unknown }
    let end: End = withBytes(line) { bytes in
      guard let last = bytes.lastIndex(where: { !isBlank($0) }) else { return .blank }
      return endsInLetter(bytes, at: last) ? .seen(last + 1) : .unknown
    }
    switch end {
    case .blank: return line.prefix(0)
    case .seen(let count): return line[..<line.utf8.index(line.startIndex, offsetBy: count)]
    case .unknown: return line.lastIndex { !$0.isWhitespace }.map { line[...$0] } ?? line.prefix(0)
    }
  }

  /// Whether the character that ends with this byte is one of ASCII, or a letter of the Latin, Greek, Cyrillic or Chinese
  /// script: those are neither white space nor parts of what is before them.
  private static func endsInLetter(_ bytes: UnsafeBufferPointer<UInt8>, at last: Int) -> Bool {
    if bytes[last] < 0x80 { return true }
    guard let lead = bytes[...last].suffix(3).last(where: { $0 & 0xC0 != 0x80 }) else { return false }
    // U+00C0 to U+02FF, U+0380 to U+047F, and U+4000 to U+9FFF.
    return (0xC3...0xCB).contains(lead) || (0xCE...0xD1).contains(lead) || (0xE4...0xE9).contains(lead)
  }

  /// Whether there is white space alone in it.
  static func isBlank(_ line: Substring) -> Bool {
    guard let first = line.utf8.first(where: { !isBlank($0) }) else { return true }
    return first >= 0x80 && line.allSatisfy(\.isWhitespace)
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static let lineFeed = UInt8(ascii: "\n")

  /// The next end of a line that is no line feed.
  private static func nextEnd(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> (start: Int, length: Int)? {
    for index in start..<bytes.count {
      // Nearly all bytes are seen by the first comparison.
      if (0x20..<0xC2).contains(bytes[index]) { continue }
      let length = endLength(bytes, at: index)
      if length > 0 { return (index, length) }
    }
    return nil
  }

  /// In bytes; 0 where no line ends.
  private static func endLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    func has(_ offset: Int, _ byte: UInt8) -> Bool {
      index + offset < bytes.count && bytes[index + offset] == byte
    }
    switch bytes[index] {
    case 0x0B, 0x0C: return 1
    case 0x0D: return has(1, lineFeed) ? 2 : 1
    // U+0085, U+2028 and U+2029.
    case 0xC2: return has(1, 0x85) ? 2 : 0
    case 0xE2: return has(1, 0x80) && (has(2, 0xA8) || has(2, 0xA9)) ? 3 : 0
    default: return 0
    }
  }
}
