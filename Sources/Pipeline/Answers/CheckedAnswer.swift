import Models

/// What a model wrote, held against the passages that it was given.
struct CheckedAnswer: Sendable, Equatable {
  /// With the marks of passages that were given, and of no others.
  var text: String
  /// The numbers of the passages that it cites, each once, in the order of the text.
  var citations: [Int] = []
  /// How many marks named no passage.
  var removed = 0
  /// The model says that nothing supports an answer.
  var isWithoutAnswer: Bool

  /// - Parameter passages: how many were given; they count from 1.
  init(_ written: String, passages: Int) {
    isWithoutAnswer = written.contains(Prompt.noAnswer)
    text = ""
    var rest = written[...]
    while let open = rest.firstIndex(where: { $0 == "[" || $0 == "【" }) {
      text += rest[..<open]
      guard let mark = Self.mark(rest[open...]) else {
        text.append(rest[open])
        rest = rest[rest.index(after: open)...]
        continue
      }
      let known = mark.numbers.filter { (1...max(passages, 1)).contains($0) && passages > 0 }
      removed += mark.numbers.count - known.count
      for number in known where !citations.contains(number) { citations.append(number) }
      if known.isEmpty {
        // With its mark goes the blank before it.
        if text.last == " " { text.removeLast() }
      } else {
        text += known.map { "[\($0)]" }.joined()
      }
      rest = rest[mark.end...]
    }
    text += rest
  }

  /// As the customer reads it: with the sources that it cites below, or without any mark.
  func shown(sources titles: [String], isHidden: Bool) -> String {
    guard !isHidden else {
      return citations.reduce(text) { $0.replacing(" [\($1)]", with: "").replacing("[\($1)]", with: "") }
    }
    let lines = citations.compactMap { number in
      titles.indices.contains(number - 1) ? "[\(number)] \(titles[number - 1])" : nil
    }
    return lines.isEmpty ? text : text + "\n\n" + lines.joined(separator: "\n")
  }

  /// `[1]`, `[1, 2]`, `[1][2]` one by one, `【3】`; numbers of at most four digits.
  private static func mark(_ text: Substring) -> (numbers: [Int], end: Substring.Index)? {
    let closing: Character = text.first == "[" ? "]" : "】"
    guard let end = text.prefix(40).firstIndex(of: closing) else { return nil }
    let inside = text[text.index(after: text.startIndex)..<end]
    let parts = inside.split(omittingEmptySubsequences: false) { ",;".contains($0) }
      .map { $0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed() }
    let numbers = parts.compactMap { part -> Int? in
      let digits = String(part)
      return (1...4).contains(digits.utf8.count) && digits.utf8.allSatisfy({ (48...57).contains($0) })
        ? Int(digits) : nil
    }
    guard numbers.count == parts.count, !numbers.isEmpty else { return nil }
    return (numbers, text.index(after: end))
  }
}

/// Passes the pieces of an answer on, but not the word for having none: what may become it is held back until it
/// cannot. Where the answer is said only if it cites a passage, all of it is held back up to the first mark.
struct AnswerGate: Sendable {
  private let waitsForCitation: Bool
  private var held = ""
  private var isOpen = false

  init(waitsForCitation: Bool = false) { self.waitsForCitation = waitsForCitation }

  mutating func receive(_ piece: String) -> String {
    guard !isOpen else { return piece }
    held += piece
    if waitsForCitation {
      guard piece.contains(where: { "]】".contains($0) }),
        !CheckedAnswer(held, passages: Self.mostPassages).citations.isEmpty,
        !held.contains(Prompt.noAnswer)
      else { return "" }
      isOpen = true
      return held
    }
    let begin = held.drop(while: \.isWhitespace)
    guard begin.isEmpty || Prompt.noAnswer.hasPrefix(begin) || begin.hasPrefix(Prompt.noAnswer) else {
      isOpen = true
      return held
    }
    return ""
  }

  /// More than a prompt shows: which of them it did is checked once the answer is whole.
  private static let mostPassages = 20
}
