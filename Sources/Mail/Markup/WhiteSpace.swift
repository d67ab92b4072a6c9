/// What Unicode calls white space, in UTF-8. A blank that must not break a line is none.
enum WhiteSpace {
  static func isASCII(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// Whether the first byte of a blank that is not ASCII's is this, too.
  static func mayBegin(_ byte: UInt8) -> Bool { byte == 0xC2 || (0xE1...0xE3).contains(byte) }

  /// Likewise the last.
  static func mayEnd(_ byte: UInt8) -> Bool { (0x80...0xAF).contains(byte) }

  /// Of the character here, in bytes; 0 when it is none.
  static func length(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    func byte(_ offset: Int) -> UInt8 { index + offset < text.count ? text[index + offset] : 0 }
    return switch text[index] {
    case 0x09...0x0D, 0x20: 1
    case 0xC2: byte(1) == 0x85 ? 2 : 0
    case 0xE1: byte(1) == 0x9A && byte(2) == 0x80 ? 3 : 0
    case 0xE2: isGeneralPunctuation(byte(1), byte(2)) ? 3 : 0
    case 0xE3: byte(1) == 0x80 && byte(2) == 0x80 ? 3 : 0
    default: 0
    }
  }

  static func isNoBreakBlank(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    text[index] == 0xC2 && index + 1 < text.count && text[index + 1] == 0xA0
  }

  /// Where the next white space, no-break blank or the end is.
  static func end(of text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var end = start
    while end < text.count {
      // Most bytes are seen by the first comparison.
      if text[end] <= 0x20 || text[end] >= 0x80, length(text, at: end) > 0 || isNoBreakBlank(text, at: end) {
        break
      }
      end += 1
    }
    return end
  }

  /// Of the end of a line here, in bytes; 0 where none is.
  static func lineEnd(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    func byte(_ offset: Int) -> UInt8 { index + offset < text.count ? text[index + offset] : 0 }
    return switch text[index] {
    case 0x0D: byte(1) == 0x0A ? 2 : 1
    case 0x0A...0x0C: 1
    case 0xC2: byte(1) == 0x85 ? 2 : 0
    case 0xE2: byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9) ? 3 : 0
    default: 0
    }
  }

  /// U+2000 to U+200A, U+2028, U+2029, U+202F and U+205F.
  private static func isGeneralPunctuation(_ second: UInt8, _ third: UInt8) -> Bool {
    switch second {
    case 0x80: (0x80...0x8A).contains(third) || third == 0xA8 || third == 0xA9 || third == 0xAF
    case 0x81: third == 0x9F
    default: false
    }
  }
}
