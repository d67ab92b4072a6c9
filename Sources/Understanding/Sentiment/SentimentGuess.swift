/// How the writer of a text feels, from its words, emoji and emphasis.
///
/// English and German words are known; of other languages emoji and emphasis alone count. The rules (negation turns a word
/// round and weakens it, an intensifier adds to it, what stands after a "but" counts more, capitals and exclamation marks
/// stress) and their weights are those of VADER (Hutto and Gilbert, ICWSM 2014).
package struct SentimentGuess: Sendable, Equatable {
  package enum Label: String, Sendable, CaseIterable { case angry, negative, neutral, positive }

  /// From -1 to 1.
  package let score: Double

  package var label: Label {
    switch score {
    case ...(-0.6): .angry
    case ...(-0.2): .negative
    case 0.2...: .positive
    default: .neutral
    }
  }

  /// - Parameter language: of the text; where it is not reliable, the words of all languages count.
  package init(of text: String, in language: LanguageGuess) {
    let words = SentimentWords(text)
    let tongues: [Tongue] =
      switch (language.language, language.isReliable) {
      case ("de", _): [.german]
      case ("en", true): [.english]
      case (_, false): [.english, .german]
      default: []
      }
    var sum: Float = 0
    var valences: [Float] = []
    var turn: Int?
    for (index, word) in words.words.enumerated() {
      if tongues.contains(where: { $0.turns.contains(word.text) }) { turn = valences.count }
      if let valence = Valences.emoji[word.text] {
        valences.append(valence)
      } else if let valence = tongues.lazy.compactMap({ $0.valence(at: index, in: words) }).first {
        valences.append(valence)
      }
    }
    for (index, valence) in valences.enumerated() {
      sum += valence * (turn.map { index < $0 ? 0.5 : 1.5 } ?? 1)
    }
    let stress = Float(min(words.exclamations, 4)) * 0.292
    if sum != 0 { sum += sum > 0 ? stress : -stress }
    score = Double(sum / (sum * sum + 15).squareRoot())
  }
}

/// What the rules need of a language.
private struct Tongue: Sendable {
  let valences: Valences
  let negations: Set<String>
  let intensifiers: Set<String>
  let turns: Set<String>
  /// How many words before, and after, a word negate it.
  let reach: (before: Int, after: Int)

  static let english = Tongue(
    valences: .english, negations: Valences.englishNegations, intensifiers: Valences.englishIntensifiers,
    turns: Valences.englishTurns, reach: (3, 0))
  /// "Das gefällt mir nicht": the negation comes late.
  static let german = Tongue(
    valences: .german, negations: GermanWords.negations, intensifiers: GermanWords.intensifiers,
    turns: GermanWords.turns, reach: (3, 3))

  func valence(at index: Int, in words: SentimentWords) -> Float? {
    let word = words.words[index]
    guard !negations.contains(word.text), var valence = valences[word.text] else { return nil }
    let sign: Float = valence < 0 ? -1 : 1
    if word.isShouted { valence += 0.733 * sign }
    if index > 0, intensifiers.contains(words.words[index - 1].text) { valence += 0.6 * sign }
    let near = words.words[max(0, index - reach.before)..<min(words.words.count, index + reach.after + 1)]
    if near.contains(where: { negations.contains($0.text) }) { valence *= -0.74 }
    return valence
  }
}
