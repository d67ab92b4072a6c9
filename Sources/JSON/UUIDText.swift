import FoundationEssentials

/// UUIDs as 36 characters of text (RFC 9562, section 4): read in either case, written in lower case.
enum UUIDText {
  static let count = 36
  private static let digits = Array("0123456789abcdef".utf8)

  static func uuid(_ text: UnsafeBufferPointer<UInt8>) -> UUID? {
    guard text.count == count else { return nil }
    var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    let isRead = withUnsafeMutableBytes(of: &bytes) { bytes in
      var at = 0
      for index in bytes.indices {
        if isHyphenBefore(index) {
          guard text[at] == UInt8(ascii: "-") else { return false }
          at += 1
        }
        guard let high = value(text[at]), let low = value(text[at + 1]) else { return false }
        bytes[index] = high << 4 | low
        at += 2
      }
      return true
    }
    return isRead ? UUID(uuid: bytes) : nil
  }

  /// Writes 36 bytes.
  static func write(_ uuid: UUID, to text: UnsafeMutablePointer<UInt8>) {
    withUnsafeBytes(of: uuid.uuid) { bytes in
      var at = 0
      for (index, byte) in bytes.enumerated() {
        if isHyphenBefore(index) {
          text[at] = UInt8(ascii: "-")
          at += 1
        }
        text[at] = digits[Int(byte >> 4)]
        text[at + 1] = digits[Int(byte & 15)]
        at += 2
      }
    }
  }

  private static func isHyphenBefore(_ index: Int) -> Bool {
    index == 4 || index == 6 || index == 8 || index == 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
