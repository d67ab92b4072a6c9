/// What Unicode calls white space, in UTF-8 with a zero behind it. A blank that must not break a line is none.
enum WhiteSpace {
  /// Of the character here, in bytes; 0 when it is none.
  static func length(_ text: UnsafePointer<UInt8>) -> Int {
    switch text[0] {
    case 0x09...0x0D, 0x20: 1
    case 0xC2: text[1] == 0x85 ? 2 : 0
    case 0xE1: text[1] == 0x9A && text[2] == 0x80 ? 3 : 0
    case 0xE2: isGeneralPunctuation(text) ? 3 : 0
    case 0xE3: text[1] == 0x80 && text[2] == 0x80 ? 3 : 0
    default: 0
    }
  }

  /// From here to the next white space, no-break blank or end.
  static func distance(_ text: UnsafePointer<UInt8>) -> Int {
    var end = 0
    while text[end] != 0 {
      // Most bytes are seen by the first comparison.
      if text[end] > 0x20, text[end] < 0x80 {
        end += 1
      } else if length(text + end) > 0 || text[end] == 0xC2 && text[end + 1] == 0xA0 {
        break
      } else {
        end += 1
      }
    }
    return end
  }

  /// U+2000 to U+200A, U+2028, U+2029, U+202F and U+205F.
  private static func isGeneralPunctuation(_ text: UnsafePointer<UInt8>) -> Bool {
    switch text[1] {
    case 0x80: (0x80...0x8A).contains(text[2]) || [0xA8, 0xA9, 0xAF].contains(text[2])
    case 0x81: text[2] == 0x9F
    default: false
    }
  }
}
