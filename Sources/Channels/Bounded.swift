import Glibc

/// What is taken over from a provider, cut to what the rest of the system can hold.
enum Bounded {
  /// An id or address as it stands; nil when it is empty, longer than 512 bytes or holds a control
  /// character.
  static func identifier(_ text: String?) -> String? {
    guard let text, !text.isEmpty, text.utf8.count <= 512,
      !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
    else { return nil }
    return text
  }

  /// Written text; nil when empty. Databases hold no U+0000, so it becomes U+FFFD.
  static func text(_ text: String?) -> String? {
    guard let text, !text.isEmpty else { return nil }
    // Looked for in the bytes as they lie: this is asked of every text.
    let hasZero = text.utf8.withContiguousStorageIfAvailable { bytes in
      bytes.baseAddress.flatMap { memchr($0, 0, bytes.count) } != nil
    }
    guard hasZero ?? text.utf8.contains(0) else { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })
    return String(scalars)
  }

  /// A person's name, of at most 200 code points.
  static func name(_ name: String?) -> String? {
    guard let name = text(name) else { return nil }
    return String(String.UnicodeScalarView(name.unicodeScalars.prefix(200)))
  }

  /// A word for counting, `unknown` when it is not of `a-z`, `0-9` and `_`, or longer than 48 bytes.
  static func word(_ word: String?) -> String {
    guard let word, !word.isEmpty, word.utf8.count <= 48,
      word.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
    else { return "unknown" }
    return word
  }
}
