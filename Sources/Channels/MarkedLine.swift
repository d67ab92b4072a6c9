/// The marks within a line of Markdown, as a platform's.
struct MarkedLine {
  /// How far the end of code or of an address is looked for, so that unclosed ones cost no more than this
  /// each.
  private static let reach = 2_048

  private struct Opener {
    let mark: Character
    let count: Int
    let piece: Int
  }

  private let line: [Character]
  private let marks: TextMarks
  private var at = 0
  /// What is done so far; a mark that may yet turn out to open something is a piece of its own.
  private var pieces = [""]
  /// At most one of each mark and count.
  private var openers: [Opener] = []
  /// The piece of the last `[`.
  private var bracket: Int?

  init(_ line: [Character], marks: TextMarks) {
    self.line = line
    self.marks = marks
  }

  mutating func converted() -> String {
    while at < line.count {
      switch line[at] {
      case "\\": readEscape()
      case "`": readCode()
      case "*", "_", "~": readMarks()
      case "!" where character(at + 1) == "[": at += 1
      case "[": readBracket()
      case "]": readLink()
      case "<": readAddress()
      case "h" where isAddress(at): readBareAddress()
      default: take(1)
      }
    }
    return pieces.joined()
  }

  private func character(_ index: Int) -> Character? { line.indices.contains(index) ? line[index] : nil }

  /// Copies characters as they stand.
  private mutating func take(_ count: Int) {
    pieces[pieces.count - 1].append(contentsOf: String(line[at..<at + count]))
    at += count
  }

  private mutating func readEscape() {
    if let next = character(at + 1), next.isASCII, next.isPunctuation || next.isSymbol { at += 1 }
    take(1)
  }

  private func run(_ index: Int) -> Int {
    line[index...].prefix { $0 == line[index] }.count
  }

  private mutating func readCode() {
    let count = run(at)
    var end = at + count
    while end < min(line.count, at + Self.reach) {
      guard line[end] == "`" else {
        end += 1
        continue
      }
      let closing = run(end)
      if closing == count {
        let code = line[at + count..<end]
        let mark =
          !marks.code
          ? "" : code.contains("`") ? "```" : String(repeating: "`", count: count == 2 ? 1 : count)
        pieces[pieces.count - 1] += mark + String(code) + mark
        at = end + closing
        return
      }
      end += closing
    }
    take(count)
  }

  private mutating func readMarks() {
    let mark = line[at]
    let count = run(at)
    guard count <= (mark == "~" ? 2 : 3) else { return take(count) }
    let before = at > 0 ? line[at - 1] : " "
    let after = character(at + count) ?? " "
    // `snake_case` and `2*3` are no marks, but `**` within a word is, for scripts without spaces.
    let isWithinWords = mark == "*" && count > 1
    let canClose = !before.isWhitespace && (isWithinWords || !isWord(after))
    let canOpen = !after.isWhitespace && (isWithinWords || !isWord(before))
    let opener = openers.lastIndex { $0.mark == mark && $0.count == count }
    if canClose, let opener {
      let (open, close) = counterpart(mark, count)
      pieces[openers[opener].piece] = open
      pieces += [close, ""]
      openers.removeSubrange(opener...)
    } else if canOpen {
      if let opener { openers.remove(at: opener) }
      openers.append(Opener(mark: mark, count: count, piece: pieces.count))
      pieces += [String(repeating: mark, count: count), ""]
    } else {
      return take(count)
    }
    at += count
  }

  private func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

  private func counterpart(_ mark: Character, _ count: Int) -> (open: String, close: String) {
    switch (mark, count) {
    case ("~", _): (marks.strike, marks.strike)
    case (_, 1): (marks.italic, marks.italic)
    case (_, 2): (marks.bold, marks.bold)
    default: (marks.bold + marks.italic, marks.italic + marks.bold)
    }
  }

  private mutating func readBracket() {
    bracket = pieces.count
    pieces += ["[", ""]
    at += 1
  }

  /// The end of `[text](address "title")`; any other bracket stays.
  private mutating func readLink() {
    guard let bracket, character(at + 1) == "(", let (address, end) = destination(at + 2) else {
      return take(1)
    }
    let text = pieces[(bracket + 1)...].joined()
    pieces.removeSubrange(bracket...)
    openers.removeAll { $0.piece >= bracket }
    let plain =
      address.hasPrefix("mailto:") || address.hasPrefix("tel:")
      ? String(address.drop { $0 != ":" }.dropFirst()) : address
    pieces.append(text.isEmpty || text == address || text == plain ? plain : "\(text) (\(plain))")
    self.bracket = nil
    at = end
  }

  private func destination(_ start: Int) -> (address: String, end: Int)? {
    let limit = min(line.count, start + Self.reach)
    var end = start
    var depth = 0
    while end < limit, !line[end].isWhitespace {
      if line[end] == "(" { depth += 1 }
      if line[end] == ")" {
        if depth == 0 { break }
        depth -= 1
      }
      end += 1
    }
    guard end > start, let close = line[end..<limit].firstIndex(of: ")") else { return nil }
    let address = line[start..<end].filter { $0 != "<" && $0 != ">" }
    return (String(address), close + 1)
  }

  private func isAddress(_ index: Int) -> Bool {
    let start = String(line[index..<min(line.count, index + 8)])
    return start.hasPrefix("http://") || start == "https://"
  }

  /// `<address>`; any other angle bracket stays.
  private mutating func readAddress() {
    let rest = line[(at + 1)..<min(line.count, at + Self.reach)]
    guard let end = rest.firstIndex(of: ">"), isAddress(at + 1), !rest[..<end].contains(where: \.isWhitespace)
    else { return take(1) }
    pieces[pieces.count - 1] += String(rest[..<end])
    at = end + 1
  }

  /// Copies an address that stands in the text: the marks in it are part of it.
  private mutating func readBareAddress() {
    take(line[at...].prefix { !$0.isWhitespace && !"<>*]`".contains($0) }.count)
  }
}
