/// Passes the pieces of an answer on as they are written, as the customer will read them.
///
/// Held back are the word for having no answer and whatever may become it; and, where an answer is said only if it
/// cites a passage, all of it up to the first mark, which the prompt asks for at the very beginning.
struct AnswerGate: Sendable {
  private let mustCite: Bool
  private var reader: CitationReader
  private var held = ""
  private var isOpen = false

  /// - Parameter passages: how many were given.
  init(passages: Int = 0, mustCite: Bool = false, hidesMarks: Bool = false) {
    self.mustCite = mustCite
    reader = CitationReader(passages: passages, hidesMarks: hidesMarks)
  }

  mutating func receive(_ piece: String) -> String {
    let text = reader.read(piece)
    guard !isOpen else { return text }
    held += text
    guard !mustCite || !reader.citations.isEmpty, !Prompt.noAnswer.hasPrefix(held),
      !held.contains(Prompt.noAnswer)
    else { return "" }
    isOpen = true
    return held
  }
}
