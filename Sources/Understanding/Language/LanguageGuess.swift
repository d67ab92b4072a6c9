import CCLD2

/// In which language a text is.
package struct LanguageGuess: Sendable, Equatable {
  /// A code of ISO 639-1 (`en`, `de`), with the script where CLD2 tells them apart (`zh-Hant`); `und` (ISO 639-2) for a
  /// text of no language that is known here.
  package let language: String
  /// By CLD2's own word. Of a message of one or two words that says little: `WrittenLanguage`.
  package let isReliable: Bool

  package static let undetermined = LanguageGuess(language: "und", isReliable: false)

  /// Bytes of a text that are looked at: more of it does not change what language it is in.
  static let longest = 2_000

  package init(language: String, isReliable: Bool) {
    self.language = language
    self.isReliable = isReliable
  }

  /// By CLD2's n-gram tables: 83 languages, about 10 µs for a message.
  package init(of text: some StringProtocol) {
    // Cut at a whole character: CLD2 refuses what is no UTF-8.
    var utf8 = Array(text.utf8.prefix(Self.longest + 1))
    if utf8.count > Self.longest {
      while let last = utf8.popLast(), last & 0xC0 == 0x80 {}
    }
    let result = utf8.withUnsafeBytes { bytes in
      ccld2_detect(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    let code = String(cString: result.language)
    guard code != "un", code != "xxx" else {
      self = .undetermined
      return
    }
    self.init(language: Self.current[code] ?? code, isReliable: result.is_reliable)
  }

  /// Codes that ISO 639 has replaced since CLD2 was made.
  private static let current = ["iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"]
}
