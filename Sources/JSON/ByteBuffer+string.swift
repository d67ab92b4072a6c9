/// Strings as JSON text: quoted, with quotes, backslashes and control characters escaped (RFC 8259, section
/// 7).
extension ByteBuffer {
  mutating func write(_ value: String) {
    if value.utf8.withContiguousStorageIfAvailable({ writeString($0) }) == nil {
      var copy = value
      copy.withUTF8 { writeString($0) }
    }
  }

  mutating func writeString(_ text: UnsafeBufferPointer<UInt8>) {
    let start = room(text.count + 2)
    start[0] = UInt8(ascii: "\"")
    wrote(1)
    var copied = 0
    while true {
      let clean = Self.plainPrefix(text, from: copied)
      append(UnsafeBufferPointer(rebasing: text[copied..<clean]))
      if clean == text.count { break }
      writeEscaped(text[clean])
      copied = clean + 1
    }
    append(UInt8(ascii: "\""))
  }

  /// The offset of the next byte that needs an escape, or the end. Looks at eight bytes at a time.
  private static func plainPrefix(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let base = text.baseAddress else { return text.count }
    let raw = UnsafeRawPointer(base)
    var at = start
    while at + 8 <= text.count {
      let word = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      if needsEscape(word) { break }
      at += 8
    }
    while at < text.count, base[at] >= 0x20, base[at] != UInt8(ascii: "\""), base[at] != UInt8(ascii: "\\") {
      at += 1
    }
    return at
  }

  /// Whether one of eight bytes may be a quote, a backslash or below a space: the high bit of a byte is set
  /// by subtraction where it is smaller than what is taken off, unless it was set before.
  @inline(__always)
  private static func needsEscape(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (ones &* 0x22)
    let backslashes = word ^ (ones &* 0x5C)
    let control = (word &- ones &* 0x20) & ~word
    let quote = (quotes &- ones) & ~quotes
    let backslash = (backslashes &- ones) & ~backslashes
    return (control | quote | backslash) & (ones &* 0x80) != 0
  }

  private mutating func writeEscaped(_ byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0A: append(UInt8(ascii: "n"))
    case 0x0C: append(UInt8(ascii: "f"))
    case 0x0D: append(UInt8(ascii: "r"))
    default:
      append(byte < 0x10 ? "u000" : "u001")
      let digit = byte & 15
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
