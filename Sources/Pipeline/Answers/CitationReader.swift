/// Reads what a model writes, piece by piece: notes the marks of passages, and gives the text that a customer may read,
/// with the marks of passages that were given and of no others. However it is cut into pieces, it is the same text.
///
/// A mark is `[1]`, `[1, 2]` or `【3】`, with numbers of at most four digits. Marks at the very beginning declare what is
/// answered from, as the prompt asks for; they are left out with what stands between them, unless they are followed, in
/// their line, by what no sentence begins with ("[1] says…").
struct CitationReader: Sendable {
  /// How many were given; they count from 1.
  private let passages: Int
  private let hidesMarks: Bool
  /// The numbers of the passages that are cited, each once, in the order of the text.
  private(set) var citations: [Int] = []
  /// How many marks named no passage.
  private(set) var removed = 0
  /// What may yet become a mark, and the blank before one.
  private var held = ""
  /// The marks at the beginning and what stands between and behind them, until the text begins.
  private var lead: String? = ""
  private var hasMark = false

  init(passages: Int, hidesMarks: Bool = false) {
    self.passages = passages
    self.hidesMarks = hidesMarks
  }

  mutating func read(_ piece: String) -> String {
    var text = ""
    held = take(held + piece, into: &text)
    if text.last == " " { held = String(text.removeLast()) + held }
    return text
  }

  /// What was held back until now.
  mutating func end() -> String {
    var text = ""
    let rest = take(held, into: &text)
    append(rest[...], to: &text)
    held = ""
    return text
  }

  /// - Returns: the end that may yet become a mark.
  private mutating func take(_ written: String, into text: inout String) -> String {
    var rest = written[...]
    while let open = rest.firstIndex(where: { $0 == "[" || $0 == "【" }) {
      append(rest[..<open], to: &text)
      rest = rest[open...]
      switch Self.mark(rest) {
      case .none:
        append(rest.prefix(1), to: &text)
        rest = rest.dropFirst()
      case .unfinished: return String(rest)
      case .numbers(let numbers, let end):
        cite(numbers, in: &text)
        rest = rest[end...]
      }
    }
    append(rest, to: &text)
    return ""
  }

  private mutating func append(_ part: Substring, to text: inout String) {
    guard let lead else {
      text += part
      return
    }
    let begin = part.drop { $0.isWhitespace || (hasMark && ",;.:&、，；".contains($0)) }
    let before = lead + part[..<begin.startIndex]
    guard let first = begin.first else {
      if hasMark { self.lead = before }
      return
    }
    let isNeeded = first == ")" || first == "(" && before.last == "]" || first.isLetter && !first.isUppercase
    if isNeeded, lead.contains("["), !hidesMarks, !before.contains(where: \.isNewline) {
      text += before + begin
    } else {
      // ".5" is no five.
      text += (before.last == "." ? "." : "") + begin
    }
    self.lead = nil
  }

  private mutating func cite(_ numbers: [Int], in text: inout String) {
    let known = numbers.filter { $0 >= 1 && $0 <= passages }
    removed += numbers.count - known.count
    for number in known where !citations.contains(number) { citations.append(number) }
    let marks = known.map { "[\($0)]" }.joined()
    if let lead {
      self.lead = lead + marks
      hasMark = true
    } else if hidesMarks || marks.isEmpty {
      // With its mark goes the blank before it.
      if text.last == " " { text.removeLast() }
    } else {
      text += marks
    }
  }

  private enum Mark {
    case none
    case unfinished
    case numbers([Int], end: Substring.Index)
  }

  /// What the bracket at the beginning of a text is.
  private static func mark(_ text: Substring) -> Mark {
    let inside = text.dropFirst().prefix(38).prefix { $0.isWhitespace || "0123456789,;、，；،؛".contains($0) }
    guard inside.endIndex < text.endIndex else { return inside.count < 38 ? .unfinished : .none }
    guard text[inside.endIndex] == (text.first == "[" ? "]" : "】") else { return .none }
    let parts = inside.split(omittingEmptySubsequences: false) { ",;、，；،؛".contains($0) }
    let numbers = parts.compactMap { part in
      let digits = part.split(whereSeparator: \.isWhitespace)
      return digits.count == 1 && digits[0].count <= 4 ? Int(digits[0]) : nil
    }
    return numbers.count == parts.count ? .numbers(numbers, end: text.index(after: inside.endIndex)) : .none
  }
}
