import Foundation

/// The words of a text with what stresses them.
struct SentimentWords {
  struct Word {
    /// In capitals, where not everything is.
    let isShouted: Bool
    /// Words of one number have no mark between them.
    let clause: Int
    /// What stands before and behind an apostrophe, without accents: "l" and "attente".
    let elided: (head: String, tail: String)?
    /// How it feels, where it is one.
    let emoji: Float?
  }
  let words: [Word]
  /// Each word in lower case, without apostrophes.
  let written: [String]
  /// Each without accents, too: many do not type them.
  let plain: [String]
  let exclamations: Int
  let letters: Int
  /// So few that CLD2 is often wrong about their language.
  let areFew: Bool
  /// A word alone, without an emoji.
  let isOne: Bool

  /// The most words that are few.
  private static let few = 5

  init(_ text: String) {
    var exclamations = 0
    var clause = 0
    var found: [(text: String, letters: Int, isCapital: Bool, clause: Int, apostrophe: Int?)] = []
    var word = ""
    var length = 0
    var letters = 0
    var apostrophe: Int?
    func end() {
      if !word.isEmpty {
        let lower = word.lowercased()
        // Of many scripts no letter has a case.
        let isCapital = length > 1 && word != lower && word == word.uppercased()
        found.append((lower, letters, isCapital, clause, apostrophe))
      }
      word = ""
      length = 0
      letters = 0
      apostrophe = nil
    }
    for character in text.prefix(2_000) {
      if character.isLetter || character.isNumber {
        word.append(character)
        length += 1
        if character.isLetter { letters += 1 }
      } else if character == "'" || character == "\u{2019}" {
        apostrophe = length
      } else if Self.isEmphasis(character) {
        end()
      } else {
        end()
        if character == "!" { exclamations += 1 }
        if character.isNewline || character.isPunctuation && character != "-" && character != "/" {
          clause += 1
        }
        if !character.isWhitespace, !character.isPunctuation, let scalar = character.unicodeScalars.first {
          // Without the variation selectors and skin tones that follow.
          found.append((String(scalar), 0, false, clause, nil))
        }
      }
    }
    end()
    let spoken = found.filter { $0.letters > 0 }
    let isMixed = spoken.contains { !$0.isCapital }
    let plain = found.map { Self.plain($0.text) }
    words = zip(found, plain).map { found, plain in
      Word(
        isShouted: isMixed && found.isCapital, clause: found.clause,
        elided: found.apostrophe.flatMap {
          $0 > 0 && $0 < plain.count ? (String(plain.prefix($0)), String(plain.dropFirst($0))) : nil
        },
        emoji: found.letters > 0 ? nil : Emoji.valences.first(of: [found.text])?.valence)
    }
    written = found.map(\.text)
    self.plain = plain
    self.exclamations = exclamations + (!isMixed && spoken.count > 2 ? 2 : 0)
    self.letters = spoken.reduce(0) { $0 + $1.letters }
    areFew = spoken.count <= Self.few
    isOne = spoken.count == 1 && words.allSatisfy { $0.emoji == nil }
  }

  /// Whether it stresses a word, or quotes it, and so ends no clause: "this is *not* good".
  private static func isEmphasis(_ character: Character) -> Bool {
    "*_~`".contains(character) || character.unicodeScalars.first?.properties.isQuotationMark == true
  }

  /// Without accents.
  static func plain(_ word: String) -> String {
    guard word.utf8.contains(where: { $0 >= 0x80 }) else { return word }
    return String(
      String.UnicodeScalarView(
        word.decomposedStringWithCanonicalMapping.unicodeScalars.filter {
          !(0x300...0x36F).contains($0.value)
        }))
  }
}
