@testable import Understanding

/// As customers write, a message a line: some with every accent, some as they are typed on a phone.
struct SentimentExamples: Sendable {
  let angry: String
  let negative: String
  let neutral: String
  let positive: String

  static let all = [french, spanish, italian, portuguese, dutch]

  var labelled: [(label: SentimentGuess.Label, text: String)] {
    let texts = [
      (SentimentGuess.Label.angry, angry), (.negative, negative), (.neutral, neutral), (.positive, positive),
    ]
    return texts.flatMap { label, texts in texts.split(separator: "\n").map { (label, String($0)) } }
  }
}
