/// Markdown as WhatsApp shows it: `*bold*`, `_italic_`, `~strike~`, code, `- ` lists and `> ` quotes
/// (WhatsApp Help Center, "How to format your messages").
///
/// A line is read by itself, as WhatsApp's own marks end with it. Headings become bold; links become their
/// text and address; what has no counterpart, such as a table, stays as written. Takes time linear in the
/// text.
enum WhatsAppText {
  static func from(markdown: String) -> String {
    var lines: [String] = []
    var fence: Character?
    for line in markdown.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let mark = fenceMark(line)
      if let open = fence {
        if mark == open { fence = nil }
        lines.append(mark == open ? "```" : String(line))
      } else if let mark {
        fence = mark
        lines.append("```")
      } else {
        lines.append(converted(line))
      }
    }
    if fence != nil { lines.append("```") }
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

  private static func converted(_ line: Substring) -> String {
    var rest = line
    var quotes = ""
    while rest.first == ">" {
      quotes += "> "
      rest = rest.dropFirst()
      if rest.first == " " { rest = rest.dropFirst() }
    }
    let indent = rest.prefix { $0 == " " || $0 == "\t" }
    rest = rest[indent.endIndex...]
    if let heading = heading(rest) { return quotes + heading }
    if let first = rest.first, "-*+".contains(first), rest.dropFirst().first == " " {
      return quotes + indent + "- " + inline(rest.dropFirst(2))
    }
    return quotes + indent + inline(rest)
  }

  private static func heading(_ line: Substring) -> String? {
    let level = line.prefix { $0 == "#" }.count
    let rest = line.dropFirst(level)
    guard (1...6).contains(level), rest.first == " " else { return nil }
    let text = inline(rest.drop { $0 == " " })
    // Bold inside of bold would end it.
    return text.isEmpty || text.contains("*") ? text : "*\(text)*"
  }

  private static func inline(_ line: Substring) -> String {
    var converter = WhatsAppInline(Array(line))
    return converter.converted()
  }
}
