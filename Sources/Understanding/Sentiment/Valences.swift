/// Words and phrases of a language with how they feel.
///
/// Found by two look-ups at most, however many there are: of the whole word, and of its first letters.
struct Valences: Sendable {
  /// The words that begin with one, and how it feels alone.
  private struct Entry {
    var valence: Float?
    /// The longest first.
    var phrases: [Phrase] = []
  }
  private struct Phrase {
    let rest: [Spelling]
    let valence: Float
  }
  private struct Spelling {
    let text: String
    let isStem: Bool

    func fits(_ word: String) -> Bool { isStem ? word.hasPrefix(text) : word == text }
  }
  private struct Stem {
    let text: String
    let valence: Float
  }
  private var words: [String: Entry] = [:]
  /// By the first letters of each, the longest first.
  private var stems: [String: [Stem]] = [:]
  /// A stem has at least so many letters.
  private static let firstLetters = 3

  /// - Parameters:
  ///   - lines: each with a valence and the words of it. An asterisk stands for any ending, a low line parts the words of a
  ///     phrase, in which the last alone may end so. Apostrophes are not looked at.
  ///   - spell: how the words are written that are looked for.
  init(lines: String, spell: (String) -> String = { $0 }) {
    for line in lines.split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard let valence = parts.first.flatMap({ Float($0) }) else { continue }
      for part in parts.dropFirst() {
        let spellings = spell(part.filter { $0 != "'" }).split(separator: "_").map {
          Spelling(text: String($0.hasSuffix("*") ? $0.dropLast() : $0), isStem: $0.hasSuffix("*"))
        }
        let first = spellings[0]
        if spellings.count > 1 {
          words[first.text, default: Entry()].phrases.append(
            Phrase(rest: Array(spellings.dropFirst()), valence: valence))
        } else if first.isStem {
          stems[String(first.text.prefix(Self.firstLetters)), default: []].append(
            Stem(text: first.text, valence: valence))
        } else {
          words[first.text, default: Entry()].valence = valence
        }
      }
    }
    for word in words.keys { words[word]?.phrases.sort { $0.rest.count > $1.rest.count } }
    for letters in stems.keys { stems[letters]?.sort { $0.text.count > $1.text.count } }
  }

  /// How the longest phrase feels that words begin with, and of how many it is.
  func first(of words: ArraySlice<String>) -> (valence: Float, count: Int)? {
    guard let word = words.first else { return nil }
    if let entry = self.words[word] {
      let behind = words.dropFirst()
      for phrase in entry.phrases where phrase.rest.count <= behind.count {
        if zip(phrase.rest, behind).allSatisfy({ $0.fits($1) }) {
          return (phrase.valence, phrase.rest.count + 1)
        }
      }
      if let valence = entry.valence { return (valence, 1) }
    }
    guard !stems.isEmpty, let found = stems[String(word.prefix(Self.firstLetters))] else { return nil }
    return found.first { word.hasPrefix($0.text) }.map { ($0.valence, 1) }
  }
}
