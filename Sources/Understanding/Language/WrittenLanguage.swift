/// In which language somebody writes, of all that they wrote.
///
/// CLD2 is sure of nearly anything: of a company's name, a number of an order or an address it tells a language as it does of a
/// sentence. So what is the same in every language is not looked at, and few words change nothing that was told before.
package enum WrittenLanguage {
  /// Words from which on a text tells the language whatever was said before.
  static let words = 3
  /// Letters from which on it does with fewer words.
  static let letters = 15

  /// - Parameters:
  ///   - texts: the latest first.
  ///   - read: what one of them says; nil where that is not known.
  /// - Returns: a code as `LanguageGuess` has them: of the latest text that is long enough, else of the first of the short ones;
  ///   nil where none tells one.
  package static func of<Texts: Sequence>(
    _ texts: Texts, reading read: (Texts.Element) throws -> String?
  ) rethrows -> String? {
    var short: String?
    for element in texts {
      guard let text = try read(element) else { continue }
      let words = words(of: text)
      guard !words.isEmpty else { continue }
      let guess = LanguageGuess(of: words.joined(separator: " "))
      guard guess.isReliable else { continue }
      if words.count >= Self.words || words.reduce(0, { $0 + size(of: $1) }) >= letters {
        return guess.language
      }
      short = guess.language
    }
    return short
  }

  /// Without links, addresses of mail, and what has digits. Where no blanks lie between words, what stands around these stays.
  static func words(of text: String) -> [String] {
    text.prefix(LanguageGuess.longest).split(whereSeparator: \.isWhitespace).compactMap { word in
      let isNamed =
        word.contains("@") || word.contains("://") || word.lowercased().hasPrefix("www.")
        || word.contains(where: \.isNumber)
      let kept = isNamed ? word.filter { $0.unicodeScalars.allSatisfy(isUnspaced) } : String(word)
      return kept.contains(where: \.isLetter) ? kept : nil
    }
  }

  /// In letters. An ideograph or a syllable says what some letters do.
  private static func size(of word: String) -> Int {
    word.reduce(0) { size, character in
      guard character.isLetter, let scalar = character.unicodeScalars.first else { return size }
      return size + (scalar.value >= 0x3040 && isUnspaced(scalar) ? 3 : 1)
    }
  }

  /// Scripts that are written without blanks, and Korean, which has endings at numbers: Thai, Lao, Burmese, Hangul, Khmer, kana,
  /// Han.
  private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF,
      0xAC00...0xD7AF, 0xF900...0xFAFF:
      true
    default: false
    }
  }
}
