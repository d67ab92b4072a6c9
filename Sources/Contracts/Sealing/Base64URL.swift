/// Base64 with the URL-safe alphabet and without padding (RFC 4648 §5), as JOSE wants it.
///
/// Written here because every event passes through it and Foundation's coder, which also lacks this alphabet,
/// costs more than the encryption.
package enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()

  package static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    append(bytes, to: &text)
    return text
  }

  package static func append(_ bytes: some RandomAccessCollection<UInt8>, to text: inout [UInt8]) {
    let length = (bytes.count * 4 + 2) / 3
    text.reserveCapacity(text.count + length)
    alphabet.withUnsafeBufferPointer { alphabet in
      var held: UInt32 = 0
      var bits: UInt32 = 0
      for byte in bytes {
        held = held << 8 | UInt32(byte)
        bits += 8
        while bits >= 6 {
          bits -= 6
          text.append(alphabet[Int(held >> bits & 0x3F)])
        }
      }
      if bits > 0 { text.append(alphabet[Int(held << (6 - bits) & 0x3F)]) }
    }
  }

  /// nil when a character is outside the alphabet, the length is impossible, or unused bits are set.
  package static func decode(_ text: some RandomAccessCollection<UInt8>) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var held: UInt32 = 0
    var bits: UInt32 = 0
    let isWhole = values.withUnsafeBufferPointer { values in
      for character in text {
        let value = values[Int(character)]
        guard value != 0xFF else { return false }
        held = held << 6 | UInt32(value)
        bits += 6
        if bits >= 8 {
          bits -= 8
          bytes.append(UInt8(truncatingIfNeeded: held >> bits))
        }
      }
      return held & ((1 << bits) - 1) == 0
    }
    return isWhole ? bytes : nil
  }
}
