/// Lines of a text, looked at by bytes: mails are long, and characters are dear.
enum PlainLines {
  /// The text with a line feed for whatever ends a line in it.
  static func text(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      guard let first = bytes.firstIndex(where: mayEndLine) else {
        return String(decoding: bytes, as: UTF8.self)
      }
      var plain = Array(bytes[..<first])
      plain.reserveCapacity(bytes.count)
      var index = first
      while index < bytes.count {
        let length = mayEndLine(bytes[index]) ? endLength(bytes, at: index) : 0
        plain.append(length > 0 ? lineFeed : bytes[index])
        index += max(length, 1)
      }
      return String(decoding: plain, as: UTF8.self)
    }
  }

  /// Of a text whose lines end in line feeds.
  static func split(_ text: String) -> [Substring] {
    var text = text
    // Native strings are UTF-8, so that an offset is an index at no cost.
    text.makeContiguousUTF8()
    let ends =
      text.utf8.withContiguousStorageIfAvailable { bytes in bytes.indices.filter { bytes[$0] == lineFeed } }
      ?? []
    var start = text.startIndex
    var lines: [Substring] = []
    lines.reserveCapacity(ends.count + 1)
    for end in ends.map({ text.utf8.index(text.startIndex, offsetBy: $0) }) {
      lines.append(text[start..<end])
      start = text.utf8.index(after: end)
    }
    return lines + [text[start...]]
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
    let bytes = line.utf8
    guard let last = bytes.lastIndex(where: { !isBlank($0) }) else { return "" }
    let end = bytes.index(after: last)
    if bytes[last] < 0x80 { return line[..<end] }
    return line.lastIndex { !$0.isWhitespace }.map { line[...$0] } ?? ""
  }

  /// Whether there is white space alone in it.
  static func isBlank(_ line: Substring) -> Bool {
    guard let first = line.utf8.first(where: { !isBlank($0) }) else { return true }
    return first >= 0x80 && line.allSatisfy(\.isWhitespace)
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static let lineFeed = UInt8(ascii: "\n")

  /// Whether a line may end in another way than with a line feed where this byte is.
  private static func mayEndLine(_ byte: UInt8) -> Bool {
    byte == 0x0D || byte == 0x0B || byte == 0x0C || byte == 0xC2 || byte == 0xE2
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
