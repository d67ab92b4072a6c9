/// The words of a text with what stresses them.
struct SentimentWords {
  struct Word {
    let text: String
    /// In capitals, where not everything is.
    let isShouted: Bool
  }
  let words: [Word]
  let exclamations: Int

  init(_ text: String) {
    var exclamations = 0
    var found: [(text: String, isCapital: Bool)] = []
    var word = ""
    func end() {
      guard !word.isEmpty else { return }
      found.append(
        (word.lowercased(), word.count > 1 && word == word.uppercased() && word.contains(where: \.isLetter)))
      word = ""
    }
    for character in text.prefix(2_000) {
      if character.isLetter || character.isNumber {
        word.append(character)
      } else if character != "'" && character != "\u{2019}" {
        end()
        if character == "!" { exclamations += 1 }
        if !character.isWhitespace, !character.isPunctuation, let scalar = character.unicodeScalars.first {
          // Without the variation selectors and skin tones that follow.
          found.append((String(scalar), false))
        }
      }
    }
    end()
    let letters = found.filter { $0.text.contains(where: \.isLetter) }
    let isMixed = letters.contains { !$0.isCapital }
    words = found.map { Word(text: $0.text, isShouted: isMixed && $0.isCapital) }
    self.exclamations = exclamations + (!isMixed && letters.count > 2 ? 2 : 0)
  }
}
