/// A part of a document that search found.
package struct Passage: Sendable, Equatable {
  package var title: String
  package var text: String
  /// The higher the better; only compared.
  package var score: Double

  package init(title: String, text: String, score: Double) {
    self.title = title
    self.text = text
    self.score = score
  }
}

/// What is quoted, and from where.
package struct ExtractiveAnswer: Sendable, Equatable {
  /// `From "Returns policy": "You can return …"`, one line per passage.
  package let text: String
  /// Places of the passages, from 1 on, in their order.
  package let citations: [Int]

  package init(text: String, citations: [Int]) {
    self.text = text
    self.citations = citations
  }
}

/// An answer without a model: quotes the sentences that best cover the question's words, and names their source.
///
/// Takes at most three sentences, each the one that adds the most words not covered yet, rare words counting more
/// than common ones; of equals the one from the better passage, then the earlier. The same input gives the same
/// answer. Looks at the first 32 passages and the first 200 sentences of each.
/// - Parameter language: BCP 47 of whom it is for, in which it says that it quotes; nil is English.
/// - Returns: nil when nothing overlaps.
package func extractiveAnswer(
  question: String, passages: [Passage], language: String? = nil
) -> ExtractiveAnswer? {
  let passages = Array(passages.prefix(32))
  let wanted = Set(words(of: question)).subtracting(stopWords)
  let candidates = passages.enumerated().flatMap { index, passage in
    sentences(of: passage.text).prefix(200).map { text in
      Candidate(
        passage: index, score: passage.score, text: text, matches: wanted.intersection(words(of: text)))
    }
  }.filter { !$0.matches.isEmpty }
  var frequency: [String: Int] = [:]
  for word in candidates.flatMap(\.matches) { frequency[word, default: 0] += 1 }

  var uncovered = wanted
  var chosen: [Int] = []
  while chosen.count < 3 {
    var best: (index: Int, gain: Double)?
    for (index, candidate) in candidates.enumerated() {
      // Sorted, so that the sum does not depend on the order of a set.
      let gain = candidate.matches.intersection(uncovered).map { 1 / Double(1 + frequency[$0, default: 0]) }
        .sorted().reduce(0, +)
      guard gain > 0 else { continue }
      if let best, (best.gain, candidates[best.index].score) >= (gain, candidate.score) { continue }
      best = (index, gain)
    }
    guard let best else { break }
    chosen.append(best.index)
    uncovered.subtract(candidates[best.index].matches)
  }
  guard let first = chosen.first.map({ candidates[$0].passage }) else { return nil }

  // The passage of the best sentence comes first; within a passage the order is that of the text.
  let order = [first] + Set(chosen.map { candidates[$0].passage }).subtracting([first]).sorted()
  let form = QuotationWords(in: language)
  let text = order.map { passage in
    let quotes = chosen.sorted().filter { candidates[$0].passage == passage }.map { candidates[$0].text }
    return form.quote(quotes.joined(separator: " "), from: passages[passage].title)
  }.joined(separator: "\n")
  return ExtractiveAnswer(text: text, citations: order.map { $0 + 1 }.sorted())
}

private struct Candidate {
  let passage: Int
  let score: Double
  let text: String
  let matches: Set<String>
}

/// Words that say nothing about what is asked.
private let stopWords: Set<String> = [
  "a", "an", "and", "are", "be", "can", "could", "did", "do", "doe", "for", "from", "have", "how", "i",
  "in", "is", "it", "long", "many", "me", "much", "my", "of", "on", "or", "our", "please", "should", "that",
  "the", "there", "thi", "to", "was", "we", "what", "when", "where", "which", "who", "why", "will", "with",
  "would", "you", "your",
]

/// Lower-case words without a plural's "s"; each character of a script without blanks is a word.
private func words(of text: String) -> [String] {
  var words: [String] = []
  var word = ""
  func end() {
    guard !word.isEmpty else { return }
    words.append(
      word.count > 3 && word.hasSuffix("s") && !word.hasSuffix("ss") ? String(word.dropLast()) : word)
    word = ""
  }
  for character in text.lowercased() {
    let scalar = character.unicodeScalars.first?.value ?? 0
    if (0x3040...0x30FF).contains(scalar) || (0x3400...0x9FFF).contains(scalar) {
      end()
      words.append(String(character))
    } else if character.isLetter || character.isNumber {
      word.append(character)
    } else {
      end()
    }
  }
  end()
  return words
}

/// Ends a sentence at a line break, at CJK full stops, and at `.`, `!` or `?` before a blank. Longer than 500
/// characters, a sentence is cut.
private func sentences(of text: String) -> [String] {
  var sentences: [String] = []
  var sentence = ""
  func end() {
    let trimmed = sentence.drop(while: \.isWhitespace)
    if !trimmed.isEmpty {
      sentences.append(trimmed.count > 500 ? trimmed.prefix(500) + "…" : String(trimmed))
    }
    sentence = ""
  }
  var previous: Character?
  for character in text {
    if character.isNewline || character.isWhitespace && previous.map({ ".!?".contains($0) }) == true {
      end()
    } else {
      sentence.append(character)
      if "。！？".contains(character) { end() }
    }
    previous = character
  }
  end()
  return sentences
}
