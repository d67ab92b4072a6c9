/// What poppler takes for one line and stands in several rows: the limits of a tolerance, one above the other behind what they
/// are of ("15,00 +- 0,05", and "0,00" for itself), and rows of a table of which it loses the ends ("199131").
extension PDFPage {
  /// - Returns: every character once; lines of one row as they are.
  static func rows(of lines: [[PDFGlyph]]) -> [[PDFGlyph]] {
    var rows: [[PDFGlyph]] = []
    var index = 0
    while index < lines.count {
      let line = lines[index]
      index += 1
      guard PDFGlyph.direction(of: line) == .across else {
        rows.append(line)
        continue
      }
      guard zip(line, line.dropFirst()).contains(where: goesBack) else {
        rows.append(spaced(line))
        continue
      }
      var pieces = pieces(of: line)
      // The end of one of the rows may be a line of its own.
      if index < lines.count, let end = continuation(of: pieces, lines[index]) {
        pieces.append(end)
        index += 1
      }
      rows += inRows(pieces)
    }
    return rows
  }

  private struct Piece {
    var glyphs: [PDFGlyph]
    var frame: PDFFrame

    init(_ glyphs: [PDFGlyph]) {
      self.glyphs = glyphs
      frame = glyphs.dropFirst().reduce(glyphs[0].box) { $0.joined(with: $1.box) }
    }

    var size: Double { glyphs[0].size }

    /// Shared with another one in height; nil where it is no more than half of the lower one, as between two rows.
    func shared(with other: Piece) -> Double? {
      let shared = min(frame.bottom, other.frame.bottom) - max(frame.top, other.frame.top)
      return 2 * shared > min(frame.height, other.frame.height) ? shared : nil
    }

    mutating func append(_ other: Piece) {
      if let last = glyphs.last, other.frame.left - last.box.right > PDFPage.wordSpace * size {
        glyphs.append(PDFPage.blank(after: last))
      }
      glyphs += other.glyphs
      frame = frame.joined(with: other.frame)
    }
  }

  /// Of the size of the letters: what poppler takes for the space between two words.
  private static let wordSpace = 0.1

  /// More than are taken for one line; of more, the time that it takes would grow with their square.
  private static let mostRows = 200

  private static func isInOtherRow(_ glyph: PDFGlyph, _ next: PDFGlyph) -> Bool {
    let height = min(glyph.box.height, next.box.height)
    let step = (next.box.top + next.box.bottom - glyph.box.top - glyph.box.bottom) / 2
    return height > 0 && abs(step) > height / 2
  }

  private static func goesBack(_ glyph: PDFGlyph, _ next: PDFGlyph) -> Bool {
    next.box.left < (glyph.box.left + glyph.box.right) / 2 && isInOtherRow(glyph, next)
  }

  private static func blank(after glyph: PDFGlyph) -> PDFGlyph {
    var blank = glyph
    blank.character = " "
    blank.box.left = glyph.box.right
    return blank
  }

  /// With the blanks that poppler leaves out between cells of a table. What is set apart letter by letter is a word, unless
  /// there are so few that it may be by chance.
  private static func spaced(_ line: [PDFGlyph]) -> [PDFGlyph] {
    func gap(_ glyph: PDFGlyph, _ next: PDFGlyph) -> Double? {
      glyph.character == " " || next.character == " " ? nil : next.box.left - glyph.box.right
    }
    func isCell(_ gap: Double?, _ glyph: PDFGlyph) -> Bool { gap.map { 2 * $0 > glyph.size } ?? false }
    guard zip(line, line.dropFirst()).contains(where: { isCell(gap($0, $1), $1) }) else { return line }
    let gaps = zip(line, line.dropFirst()).compactMap { gap($0, $1) }
    if gaps.count + 1 >= fewest, let narrow = gaps.min(), let wide = gaps.max(), wide < 1.3 * narrow {
      return line
    }
    var spaced: [PDFGlyph] = []
    for glyph in line {
      if let last = spaced.last, isCell(gap(last, glyph), glyph) { spaced.append(blank(after: last)) }
      spaced.append(glyph)
    }
    return spaced
  }

  /// What of a line stands in one row, without blanks at its ends.
  private static func pieces(of line: [PDFGlyph]) -> [Piece] {
    var pieces: [[PDFGlyph]] = []
    for glyph in line {
      if let last = pieces.last?.last, !isInOtherRow(last, glyph) {
        pieces[pieces.count - 1].append(glyph)
      } else {
        pieces.append([glyph])
      }
    }
    return pieces.compactMap { glyphs in
      let isBlank = { (glyph: PDFGlyph) in glyph.character == " " }
      guard let first = glyphs.firstIndex(where: { !isBlank($0) }),
        let last = glyphs.lastIndex(where: { !isBlank($0) })
      else { return nil }
      return Piece(spaced(Array(glyphs[first...last])))
    }
  }

  private static func continuation(of pieces: [Piece], _ line: [PDFGlyph]) -> Piece? {
    guard PDFGlyph.direction(of: line) == .across, !zip(line, line.dropFirst()).contains(where: goesBack)
    else { return nil }
    let end = Piece(line)
    let isContinued = pieces.contains {
      $0.shared(with: end) != nil && (0...$0.size).contains(end.frame.left - $0.frame.right)
    }
    return isContinued ? end : nil
  }

  /// Each row from left to right, from the topmost one on.
  private static func inRows(_ pieces: [Piece]) -> [[PDFGlyph]] {
    var rows: [Piece] = []
    for piece in pieces.sorted(by: { $0.frame.left < $1.frame.left }) {
      var (row, most) = (Int?.none, 0.0)
      for index in rows.indices.suffix(mostRows) {
        if let shared = rows[index].shared(with: piece), shared > most { (row, most) = (index, shared) }
      }
      if let row { rows[row].append(piece) } else { rows.append(piece) }
    }
    return rows.sorted { $0.frame.top < $1.frame.top }.map(\.glyphs)
  }
}
