/// Text whose letters are set apart, as titles and what is to stand out may be. poppler takes each letter for a word, and the
/// words of one line for columns: "T i t l e", and what stands below it before its second word.
extension PDFPage {
  /// The free width between any two letters of a line, in points; nil where they are not all set apart alike.
  ///
  /// Letters that are meant singly stand apart by a blank, which is narrower (a quarter of the size in most fonts, 0.35 in
  /// Verdana, and more where a line is justified), or from beginning to beginning, as in a table.
  /// Which of these it is cannot be told of letters of one width, so these stay as they are.
  /// - Parameters:
  ///   - spans: of each character, in points.
  ///   - size: of the letters, in points.
  static func letterSpacing(
    _ characters: ArraySlice<Unicode.Scalar>, _ spans: @autoclosure () -> [(left: Double, right: Double)],
    size: Double
  ) -> Double? {
    guard characters.count >= 5, characters.count % 2 == 1, size > 0,
      zip(0..., characters).allSatisfy({ ($0 % 2 == 1) == ($1 == " ") })
    else { return nil }
    let letters = zip(0..., spans()).filter { $0.0 % 2 == 0 }.map(\.1)
    let gaps = zip(letters, letters.dropFirst()).map { $1.left - $0.right }
    let widths = letters.map { $0.right - $0.left }
    guard let gap = gaps.min(), let widest = gaps.max(), widest - gap < 0.05 * size,
      (0.45 * size...1.5 * size).contains(gap),
      let narrow = widths.min(), let wide = widths.max(), wide - narrow > 0.05 * size
    else { return nil }
    return gap
  }

  /// Words of letters that are set apart alike, on one line again, where the first of them stands.
  ///
  /// A few letters may be as far apart by chance: where all words of a line have fewer than five, these stay single.
  /// - Returns: every word once; other lines as they are.
  static func joiningSpacedWords(_ lines: [Line]) -> [Line] {
    var joined: [Line] = []
    var spaced: [Int] = []
    for line in lines {
      guard line.letterSpacing != nil else {
        joined.append(line)
        continue
      }
      if let index = spaced.suffix(mostSpaced).last(where: { isContinued(joined[$0], by: line) }) {
        joined[index].text += " " + line.text
        joined[index].right = line.right
        joined[index].bottom = max(joined[index].bottom, line.bottom)
      } else {
        spaced.append(joined.count)
        joined.append(line)
      }
    }
    for index in spaced {
      let letters = joined[index].text.unicodeScalars.filter { $0 != " " }
      guard letters.count < fewest else { continue }
      joined[index].text = letters.map(String.init).joined(separator: " ")
      joined[index].letterSpacing = nil
    }
    return joined
  }

  /// Letters of a word.
  static let fewest = 5
  /// More lines of which some words are set apart than a page has; on one that has more, words are not looked for beyond.
  private static let mostSpaced = 200

  /// Between two words are a blank, a spacing on either side of it, and what words are set apart more.
  private static func isContinued(_ line: Line, by next: Line) -> Bool {
    guard let spacing = line.letterSpacing, let other = next.letterSpacing else { return false }
    let accuracy = 0.05 * line.size
    return line.size == next.size && abs(spacing - other) < accuracy && abs(line.top - next.top) < accuracy
      && (2 * spacing...5 * spacing).contains(next.left - line.right)
  }
}
