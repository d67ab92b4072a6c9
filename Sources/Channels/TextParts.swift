/// Cuts a text that is longer than a platform takes.
enum TextParts {
  /// What a limit counts.
  enum Unit {
    /// Platforms say "characters" without saying which; UTF-16 units are the most that it can mean.
    case utf16
    case utf8

    func count(_ text: Character) -> Int { self == .utf16 ? text.utf16.count : text.utf8.count }
    func count(_ scalar: Unicode.Scalar) -> Int {
      self == .utf16 ? UTF16.width(scalar) : UTF8.width(scalar)
    }
  }

  /// The text in parts of at most `limit` units, cut at the last paragraph, line or sentence bound of
  /// a part's second half, else between words, else anywhere between characters. White space at the cuts is
  /// dropped.
  ///
  /// - Parameter limit: at least what one code point can take: 2, or 4 bytes of UTF-8.
  /// - Returns: nil when more than `maximumParts` would be needed; empty when there is only white space.
  static func split(_ text: String, limit: Int, unit: Unit = .utf16, maximumParts: Int) -> [String]? {
    // No UTF-16 unit takes more than three bytes of UTF-8.
    guard text.utf8.count <= limit * maximumParts * 3 else { return nil }
    var parts: [String] = []
    var rest = text.drop { $0.isWhitespace }
    while !rest.isEmpty {
      if parts.count == maximumParts { return nil }
      let part = rest[..<cut(rest, limit: limit, unit)]
      rest = rest[part.endIndex...].drop { $0.isWhitespace }
      let end = part.lastIndex { !$0.isWhitespace }.map { part.index(after: $0) } ?? part.startIndex
      parts.append(String(part[..<end]))
    }
    return parts
  }

  private static func cut(_ text: Substring, limit: Int, _ unit: Unit) -> String.Index {
    var bounds = Bounds()
    var units = 0
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      units += unit.count(character)
      if units > limit { break }
      index = text.index(after: index)
      bounds.note(character, before: index, isLate: units > limit / 2)
    }
    if index == text.endIndex { return index }
    if let bound = bounds.best { return bound }
    return index > text.startIndex ? index : scalarCut(text, limit: limit, unit)
  }

  /// For a first character that is longer than a part by itself.
  private static func scalarCut(_ text: Substring, limit: Int, _ unit: Unit) -> String.Index {
    var units = 0
    return text.unicodeScalars.indices.first { index in
      units += unit.count(text.unicodeScalars[index])
      return units > limit
    } ?? text.endIndex
  }

  /// The last bound of each kind seen so far; only words count in the first half of a part.
  private struct Bounds {
    private var paragraph, line, sentence, word: String.Index?
    private var last: Character = " "
    private var isAfterSentence = false

    var best: String.Index? { paragraph ?? line ?? sentence ?? word }

    mutating func note(_ character: Character, before index: String.Index, isLate: Bool) {
      if character.isWhitespace {
        word = index
        if isLate {
          if character.isNewline && last.isNewline { paragraph = index }
          if character.isNewline { line = index }
          if isAfterSentence { sentence = index }
        }
        isAfterSentence = false
      } else if "。！？".contains(character) {
        if isLate { sentence = index }
      } else if ".!?…".contains(character) {
        isAfterSentence = true
      } else if !"\"')]”’»*_~".contains(character) {
        isAfterSentence = false
      }
      last = character
    }
  }
}
