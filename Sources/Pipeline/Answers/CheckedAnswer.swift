/// What a model wrote, held against the passages that it was given.
struct CheckedAnswer: Sendable, Equatable {
  /// With the marks of passages that were given, and of no others, or with none.
  let text: String
  /// The numbers of the passages that it cites, each once, in the order of the text.
  let citations: [Int]
  /// How many marks named no passage.
  let removed: Int
  /// The model says that nothing supports an answer.
  let isWithoutAnswer: Bool

  /// - Parameter passages: how many were given; they count from 1.
  init(_ written: String, passages: Int, hidesMarks: Bool = false) {
    var reader = CitationReader(passages: passages, hidesMarks: hidesMarks)
    text = reader.read(written) + reader.end()
    citations = reader.citations
    removed = reader.removed
    isWithoutAnswer = written.contains(Prompt.noAnswer)
  }

  /// As the customer reads it: with the sources that it cites below.
  /// - Parameter titles: of the passages, in their order.
  func shown(sources titles: [String]) -> String {
    let lines = citations.compactMap { number in
      titles.indices.contains(number - 1) ? "[\(number)] \(titles[number - 1])" : nil
    }
    return lines.isEmpty ? text : text + "\n\n" + lines.joined(separator: "\n")
  }

  /// What a customer read, with the numbers of the sources below it also before it, as a model is asked to write: it does
  /// as it sees itself do.
  static func withNumbersFirst(_ shown: String) -> String {
    guard let list = shown.ranges(of: "\n\n[").last else { return shown }
    let numbers = shown[list.lowerBound...].drop(while: \.isNewline)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.prefixMatch(of: /\[([0-9]{1,4})\] ./).map { "[\($0.1)]" } }
    guard !numbers.contains(nil) else { return shown }
    return numbers.compactMap(\.self).joined() + "\n" + shown
  }
}
