/// How the writer of a text feels, from its words, emoji and emphasis.
///
/// Words are known of the languages of `Tongue.known`; of others emoji and emphasis alone count. The rules (negation turns a
/// word round and weakens it, an intensifier adds to it, what stands after a "but" counts more, capitals and exclamation marks
/// stress) and their weights are those of VADER (Hutto and Gilbert, ICWSM 2014). Ours are that a negation ends with its clause,
/// and that mild words alone, however many, make nobody angry; nor does one word without a mark: it may be a name, or of a
/// language that CLD2 does not tell ("Hell" is German, too).
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

  /// From which on a word is hard.
  private static let hard: Float = -2.4
  /// The least that mild words, or one alone, sum up to: not yet `angry`.
  private static let mildest: Float = -2.9

  /// - Parameter language: of the text.
  package init(of text: String, in language: LanguageGuess) {
    let words = SentimentWords(text)
    let reading = SentimentReading.of(words, in: language)
    var sum: Float = 0
    for (index, valence) in reading.valences.enumerated() {
      sum += valence * (reading.turn.map { index < $0 ? 0.5 : 1.5 } ?? 1)
    }
    let stress = Float(min(words.exclamations, 4)) * 0.292
    if stress == 0, words.isOne || !reading.valences.contains(where: { $0 <= Self.hard }) {
      sum = max(sum, Self.mildest)
    }
    if sum != 0 { sum += sum > 0 ? stress : -stress }
    score = Double(sum / (sum * sum + 15).squareRoot())
  }
}
