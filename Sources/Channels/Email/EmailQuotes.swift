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

  /// A text, and what was cut off above and below it as it stood there; nil where nothing was.
  struct Split {
    let new: String
    var above: Substring?
    var below: Substring?
  }

  /// The text without its quotations, and these. Answers between the quoted lines keep those, as they mean nothing
  /// alone; a text that is nothing but a quotation is kept whole.
  static func split(_ text: String) -> Split {
    let lines = PlainLines.split(text).map(trimmed)
    let end = lines.indices.first { isEndOfNew(lines, at: $0) } ?? lines.endIndex
    var kinds = lines[..<end].map { $0.isEmpty ? Line.blank : isMarked($0) ? .quote : .text }
    for index in kinds.indices where kinds[index] == .text {
      if let length = EmailQuoteMarks.attributionLength(lines, at: index) {
        let isAboveMarks = lines[(index + length)...].first { !$0.isEmpty }.map(isMarked) == true
        guard isAboveMarks || EmailQuoteMarks.isPlainAttribution(lines[index]) else { continue }
        // Without marks behind it, all the rest is the quotation.
        let covered = isAboveMarks ? min(index + length, kinds.count) : kinds.count
        for quoted in index..<covered { kinds[quoted] = .quote }
      }
    }
    let kept = kept(kinds)
    let new = joined(lines[kept])
    guard !new.isEmpty else { return Split(new: joined(lines[...])) }
    return Split(
      new: new, above: whole(lines[..<kept.lowerBound]), below: whole(lines[kept.upperBound...]))
  }

  /// Lines of one text as they stand there, without blank ones around them; nil when there are no others.
  private static func whole(_ lines: ArraySlice<Substring>) -> Substring? {
    guard let first = lines.first(where: { !$0.isEmpty }), let last = lines.last(where: { !$0.isEmpty })
    else { return nil }
    return first.base[first.startIndex..<last.endIndex][...]
  }

  /// The lines that are new: those above the quotation, those below it, or all down to the last answer.
  private static func kept(_ kinds: [Line]) -> Range<Int> {
    guard let firstQuote = kinds.firstIndex(of: .quote), let lastText = kinds.lastIndex(of: .text) else {
      return kinds.indices
    }
    if lastText < firstQuote { return 0..<firstQuote }
    let lastQuote = kinds.lastIndex(of: .quote) ?? firstQuote
    let isBelowAlone =
      !kinds[..<firstQuote].contains(.text) && !kinds[firstQuote...lastQuote].contains(.text)
    return isBelowAlone ? (lastQuote + 1)..<kinds.count : 0..<(lastText + 1)
  }

  /// Where a line opens a quotation that goes on to the end of the mail.
  private static func isEndOfNew(_ lines: [Substring], at index: Int) -> Bool {
    let line = lines[index]
    if line.isEmpty || isMarked(line) { return false }
    if EmailQuoteMarks.isOriginalMessage(line) || EmailQuoteMarks.isHeaderBlock(lines, at: index) {
      return true
    }
    guard EmailQuoteMarks.isRule(line) else { return false }
    let next = lines[(index + 1)...].prefix(3).firstIndex { !$0.isEmpty }
    return next.map { EmailQuoteMarks.isHeaderBlock(lines, at: $0) } ?? false
  }

  private static func isMarked(_ line: Substring) -> Bool { line.utf8.first == UInt8(ascii: ">") }

  private static func trimmed(_ line: Substring) -> Substring {
    let line = PlainLines.trimmingEnd(line)
    guard let first = line.utf8.first, PlainLines.isBlank(first) || first >= 0x80 else { return line }
    // A quotation may be set in; other lines keep what they are set in by.
    let start = line.drop(while: \.isWhitespace)
    return isMarked(start) ? start : line
  }

  private static func joined(_ lines: ArraySlice<Substring>) -> String {
    guard let first = lines.firstIndex(where: { !$0.isEmpty }),
      let last = lines.lastIndex(where: { !$0.isEmpty })
    else { return "" }
    return PlainLines.joined(lines[first...last])
  }
}
