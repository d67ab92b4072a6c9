@testable import Extraction

/// Text of 10 points as it stands on a page: characters are 5 points wide and 10 high.
extension PDFGlyph {
  static func across(
    _ text: String, left: Double, top: Double, size: Double = 10, gap: Double = 0
  ) -> [PDFGlyph] {
    zip(0..., text.unicodeScalars).map { index, character in
      let start = left + Double(index) * (size / 2 + gap)
      return PDFGlyph(
        character: character, size: size,
        box: PDFFrame(top: top, bottom: top + size, left: start, right: start + size / 2))
    }
  }

  /// Its first character is the topmost.
  static func down(_ text: String, left: Double, top: Double) -> [PDFGlyph] {
    across(text, left: top, top: left).map { glyph in
      PDFGlyph(character: glyph.character, size: glyph.size, box: glyph.box.transposed)
    }
  }

  /// Its first character is the lowest.
  static func up(_ text: String, left: Double, top: Double) -> [PDFGlyph] {
    let boxes = down(text, left: left, top: top).map(\.box).reversed()
    return zip(text.unicodeScalars, boxes).map { PDFGlyph(character: $0, size: 10, box: $1) }
  }

  static func text(of line: [PDFGlyph]) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: line.map(\.character))
    return String(text)
  }
}
