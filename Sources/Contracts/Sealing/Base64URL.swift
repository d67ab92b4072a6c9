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
    let whole = bytes.count / 3 * 3
    return [UInt8](unsafeUninitializedCapacity: (bytes.count * 4 + 2) / 3) { text, count in
      alphabet.withUnsafeBufferPointer { alphabet in
        bytes.withUnsafeBufferPointer { bytes in
          func put(_ group: UInt32, characters: Int) {
            for character in 0..<characters {
              text[count] = alphabet[Int(group >> (18 - 6 * UInt32(character)) & 0x3F)]
              count += 1
            }
          }
          for at in stride(from: 0, to: whole, by: 3) {
            put(UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]), characters: 4)
          }
          switch bytes.count - whole {
          case 1: put(UInt32(bytes[whole]) << 16, characters: 2)
          case 2: put(UInt32(bytes[whole]) << 16 | UInt32(bytes[whole + 1]) << 8, characters: 3)
          default: break
          }
        }
      }
    }
  }

  /// nil when a character is outside the alphabet, the length is impossible, or unused bits are set.
  package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    text.withContiguousStorageIfAvailable { decode($0) } ?? Array(text).withUnsafeBufferPointer { decode($0) }
  }

  private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { bytes, count in
      values.withUnsafeBufferPointer { values in
        var held: UInt32 = 0
        var bits: UInt32 = 0
        var wrong: UInt8 = 0
        for character in text {
          let value = values[Int(character)]
          // No value of the alphabet has its highest bit set.
          wrong |= value & 0x80
          held = held << 6 | UInt32(value)
          bits += 6
          if bits >= 8 {
            bits -= 8
            bytes[count] = UInt8(truncatingIfNeeded: held >> bits)
            count += 1
          }
        }
        isWhole = wrong == 0 && held & ((1 << bits) - 1) == 0
      }
    }
    return isWhole ? bytes : nil
  }
}
