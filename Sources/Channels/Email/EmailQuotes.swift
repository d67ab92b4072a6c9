/// Tells what is new in a mail from what it quotes.
///
/// Lines decide, by the marks that mail programs leave in the languages of `EmailQuoteMarks`. Takes time
/// linear in the text.
enum EmailQuotes {
  private enum Line { case blank, text, quote }

  static func isForward(subject: String) -> Bool {
    let subject = subject.lowercased()
    return EmailQuoteMarks.forwardPrefixes.contains { subject.hasPrefix($0) }
  }

  /// The text without its quotations. Answers between the quoted lines keep those, as they mean nothing
  /// alone; a text that is nothing but a quotation is kept whole.
  static func newText(of text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(trimmed)
    let end = lines.indices.first { isEndOfNew(lines, at: $0) } ?? lines.endIndex
    var kinds = lines[..<end].map { $0.isEmpty ? Line.blank : $0.hasPrefix(">") ? .quote : .text }
    for index in kinds.indices where kinds[index] == .text {
      if let length = EmailQuoteMarks.attributionLength(lines, at: index) {
        let isMarked = lines[(index + length)...].first { !$0.isEmpty }?.hasPrefix(">") == true
        guard isMarked || EmailQuoteMarks.isPlainAttribution(lines[index]) else { continue }
        // Without marks behind it, all the rest is the quotation.
        let covered = isMarked ? min(index + length, kinds.count) : kinds.count
        for quoted in index..<covered { kinds[quoted] = .quote }
      }
    }
    let kept = kept(kinds)
    let new = joined(lines[..<end].enumerated().filter { kept.contains($0.offset) }.map(\.element))
    return new.isEmpty ? joined(lines) : new
  }

  /// The lines that are new: those above the quotation, those below it, or all down to the last answer.
  private static func kept(_ kinds: [Line]) -> Set<Int> {
    guard let firstQuote = kinds.firstIndex(of: .quote), let lastText = kinds.lastIndex(of: .text) else {
      return Set(kinds.indices)
    }
    if lastText < firstQuote { return Set(0..<firstQuote) }
    let lastQuote = kinds.lastIndex(of: .quote) ?? firstQuote
    let isBelowAlone =
      !kinds[..<firstQuote].contains(.text) && !kinds[firstQuote...lastQuote].contains(.text)
    return Set(isBelowAlone ? (lastQuote + 1)..<kinds.count : 0..<(lastText + 1))
  }

  /// Where a line opens a quotation that goes on to the end of the mail.
  private static func isEndOfNew(_ lines: [Substring], at index: Int) -> Bool {
    let line = lines[index]
    if line.isEmpty || line.hasPrefix(">") { return false }
    if EmailQuoteMarks.isOriginalMessage(line) || EmailQuoteMarks.isHeaderBlock(lines, at: index) {
      return true
    }
    guard EmailQuoteMarks.isRule(line) else { return false }
    let next = lines[(index + 1)...].prefix(3).firstIndex { !$0.isEmpty }
    return next.map { EmailQuoteMarks.isHeaderBlock(lines, at: $0) } ?? false
  }

  private static func trimmed(_ line: Substring) -> Substring {
    guard let end = line.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    let line = line[...end]
    // A quotation may be set in; other lines keep what they are set in by.
    let start = line.drop(while: \.isWhitespace)
    return start.hasPrefix(">") ? start : line
  }

  private static func joined(_ lines: [Substring]) -> String {
    let first = lines.firstIndex { !$0.isEmpty } ?? lines.endIndex
    let last = lines.lastIndex { !$0.isEmpty } ?? first
    guard first < lines.endIndex else { return "" }
    return lines[first...last].joined(separator: "\n")
  }
}
