/// Markdown as a platform shows it that has marks within lines, or none: `- ` lists and `> ` quotes stay.
///
/// A line is read by itself, as the platforms' own marks end with it. Headings become bold; links become their
/// text and address; what has no counterpart, such as a table, stays as written. Takes time linear in the
/// text.
enum MarkedText {
  static func from(markdown: String, marks: TextMarks) -> String {
    var lines: [String] = []
    var fence: Character?
    for line in markdown.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let mark = fenceMark(line)
      if let open = fence {
        if mark == open { fence = nil }
        if mark != open { lines.append(String(line)) } else if marks.code { lines.append("```") }
      } else if let mark {
        fence = mark
        if marks.code { lines.append("```") }
      } else {
        lines.append(converted(line, marks))
      }
    }
    if fence != nil, marks.code { lines.append("```") }
    return lines.joined(separator: "\n")
  }

  /// The character of a line that opens or closes a block of code. What follows it names a language, which
  /// is dropped; a line with another mark behind it is code within a line.
  private static func fenceMark(_ line: Substring) -> Character? {
    let line = line.drop { $0 == " " }
    guard let mark = line.first, mark == "`" || mark == "~", line.prefix(while: { $0 == mark }).count >= 3,
      !line.drop(while: { $0 == mark }).contains(mark)
    else { return nil }
    return mark
  }

  private static func converted(_ line: Substring, _ marks: TextMarks) -> String {
    var rest = line
    var quotes = ""
    while rest.first == ">" {
      quotes += "> "
      rest = rest.dropFirst()
      if rest.first == " " { rest = rest.dropFirst() }
    }
    let indent = rest.prefix { $0 == " " || $0 == "\t" }
    rest = rest[indent.endIndex...]
    if let heading = heading(rest, marks) { return quotes + heading }
    if let first = rest.first, "-*+".contains(first), rest.dropFirst().first == " " {
      return quotes + indent + "- " + inline(rest.dropFirst(2), marks)
    }
    return quotes + indent + inline(rest, marks)
  }

  private static func heading(_ line: Substring, _ marks: TextMarks) -> String? {
    let level = line.prefix { $0 == "#" }.count
    let rest = line.dropFirst(level)
    guard (1...6).contains(level), rest.first == " " else { return nil }
    let text = inline(rest.drop { $0 == " " }, marks)
    // Bold inside of bold would end it.
    return text.isEmpty || text.contains("*") ? text : marks.bold + text + marks.bold
  }

  private static func inline(_ line: Substring, _ marks: TextMarks) -> String {
    var line = MarkedLine(Array(line), marks: marks)
    return line.converted()
  }
}

/// The marks that a platform reads in a text; empty where it shows them as they are.
struct TextMarks {
  let bold: String
  let italic: String
  let strike: String
  /// Whether backticks mark code.
  let code: Bool

  static let none = TextMarks(bold: "", italic: "", strike: "", code: false)
}
