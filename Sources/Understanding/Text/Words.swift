import Foundation

/// A text cut into words and single marks, in lower case.
///
/// Bounded: of a long text only the beginning is looked at, so that the time that a message takes is.
struct Words: Sendable {
  /// The scalars of each word. A word holds letters, digits and marks; anything else stands alone.
  let words: [[UInt32]]

  /// What lies beyond is not looked at.
  static let maximumWords = 128
  /// A longer run of letters, in a script without spaces for instance, becomes several words.
  static let maximumLength = 48

  init(_ text: String) {
    var words: [[UInt32]] = []
    var word: [UInt32] = []
    func end() {
      guard !word.isEmpty else { return }
      words.append(word)
      word.removeAll(keepingCapacity: true)
    }
    for scalar in Self.composed(text).unicodeScalars {
      guard words.count < Self.maximumWords else { break }
      if Self.append(scalar, to: &word) {
        if word.count >= Self.maximumLength { end() }
      } else if scalar == "'" || scalar == "\u{2019}" {
        // An apostrophe joins: "don't" and "dont" are the same word.
        continue
      } else {
        end()
        if !scalar.properties.isWhitespace { words.append([scalar.value]) }
      }
    }
    end()
    self.words = words
  }

  /// Combining marks joined to their letters, so that both ways to write "ü" are one.
  private static func composed(_ text: String) -> String {
    text.unicodeScalars.contains { (0x300...0x36F).contains($0.value) }
      ? text.precomposedStringWithCanonicalMapping : text
  }

  /// Adds the scalar in lower case; false when it is of no word.
  private static func append(_ scalar: Unicode.Scalar, to word: inout [UInt32]) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x61...0x7A, 0x5F: word.append(scalar.value)
    case 0x41...0x5A: word.append(scalar.value + 32)
    case ..<0x80: return false
    default:
      switch scalar.properties.generalCategory {
      case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber,
        .letterNumber, .otherNumber:
        word.append(scalar.value)
      case .uppercaseLetter, .titlecaseLetter:
        word += scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
      default: return false
      }
    }
    return true
  }
}
