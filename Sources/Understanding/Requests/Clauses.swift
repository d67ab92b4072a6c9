/// A message as clauses of words in lower case, without what it quotes.
struct Clauses: Sendable {
  /// One or more words, up to the next mark that ends a clause.
  struct Clause: Sendable, Equatable {
    var words: [String]
    /// It ends with a question mark.
    var isQuestion = false
  }

  private(set) var clauses: [Clause] = []

  /// Characters that are looked at: a request stands near the beginning.
  static let longest = 4_000

  init(_ text: String) {
    var clause = Clause(words: [])
    var word = ""
    func endWord() {
      if !word.isEmpty { clause.words.append(word) }
      word = ""
    }
    func end(_ isQuestion: Bool = false) {
      endWord()
      clause.isQuestion = isQuestion
      if !clause.words.isEmpty { clauses.append(clause) }
      clause = Clause(words: [])
    }
    for character in Self.ownWords(text.prefix(Self.longest)) {
      if character.isLetter || character.isNumber {
        word.append(character)
      } else if character == "-" || character.isWhitespace && !character.isNewline || character == "/" {
        endWord()
      } else {
        end("?？؟".contains(character))
      }
    }
    end()
  }

  /// Without quoted lines, and without what stands between marks of quotation. An apostrophe joins `n't` to its word and
  /// parts any other.
  private static func ownWords(_ text: Substring) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.drop(while: \.isWhitespace).hasPrefix(">") }
    var kept = ""
    var closing: Set<Character>?
    var quoted = ""
    for character in lines.joined(separator: "\n") {
      if let marks = closing {
        if marks.contains(character) {
          closing = nil
          quoted = ""
          kept.append("\n")
        } else {
          quoted.append(character)
        }
      } else if let marks = pairs[character] {
        closing = marks
      } else {
        kept.append(character)
      }
    }
    // A mark that is never closed quotes nothing.
    kept += quoted
    return kept.lowercased().replacing("’", with: "'").replacing("n't", with: "nt").replacing("'", with: " ")
  }

  private static let pairs: [Character: Set<Character>] = [
    "\"": ["\""], "“": ["”"], "„": ["“", "”", "\""], "«": ["»"], "»": ["«"], "‹": ["›"], "「": ["」"],
    "『": ["』"], "‘": ["’"], "‚": ["‘", "’"], "`": ["`"],
  ]
}
