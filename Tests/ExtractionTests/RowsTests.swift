import Testing

@testable import Extraction

/// What poppler gives as one line, and what it is.
@Suite struct RowsTests {
  private func rows(_ lines: [PDFGlyph]...) -> [String] { PDFPage.rows(of: lines).map(PDFGlyph.text) }

  private func across(
    _ text: String, left: Double = 50, top: Double = 100, size: Double = 10, gap: Double = 0
  ) -> [PDFGlyph] { PDFGlyph.across(text, left: left, top: top, size: size, gap: gap) }

  @Test func limitsThatStandOneAboveTheOtherAreReadOneAfterTheOther() {
    let line =
      across("15,00 ") + across("+", left: 80, top: 94) + across("- ", left: 80, top: 104.5)
      + across("0,05", left: 88, top: 94.5)
    let lower = across("0,00", left: 88, top: 105)
    #expect(rows(line, lower) == ["+ 0,05", "15,00 - 0,00"])
    #expect(
      rows(line, across("35,00", left: 200, top: 105)) == ["+ 0,05", "15,00 -", "35,00"], "what is far away")
    #expect(rows(line, across("under it", top: 120)) == ["+ 0,05", "15,00 -", "under it"])
  }

  @Test func rowsOfATableThatPopplerJoinsComeApart() {
    #expect(rows(across("199") + across("131", top: 112)) == ["199", "131"])
    #expect(
      rows(across("Rate") + across("net", left: 90) + across("1 tent", left: 40, top: 115))
        == ["Rate net", "1 tent"])
  }

  @Test func cellsOfARowStandApart() {
    #expect(rows(across("Hello") + across("World", left: 81)) == ["Hello World"])
    #expect(rows(across("Hello") + across("World", left: 79)) == ["HelloWorld"], "no more than a wide space")
    #expect(rows(across("Hello ") + across("World", left: 90)) == ["Hello World"], "there is a blank")
    #expect(rows(across("7") + across("8", left: 70)) == ["7 8"])
  }

  @Test func lettersThatAreSetApartAlikeAreAWord() {
    #expect(rows(across("Title", gap: 6)) == ["Title"])
    #expect(rows(across("Title", gap: 6) + across("Page", left: 130, gap: 6)) == ["T i t l e P a g e"])
    #expect(rows(across("Tit", gap: 6)) == ["T i t"], "so few may be cells")
  }

  @Test func aLetterWithTwoIndicesStaysInItsLine() {
    let indices = across("1", left: 55, top: 104.7, size: 7) + across("2", left: 55, top: 98.6, size: 7)
    #expect(rows(across("x") + indices + across("+y", left: 59)) == ["x12+y"])
  }

  @Test func whatIsTurnedOrRunsAslantIsLeftAlone() {
    #expect(rows(PDFGlyph.up("35,00", left: 50, top: 100)) == ["35,00"])
    #expect(rows(PDFGlyph.down("35,00", left: 50, top: 100)) == ["35,00"])
    let aslant = zip(0..., across("R18,00")).map { index, glyph in
      var glyph = glyph
      glyph.box.top -= Double(index) * 4
      glyph.box.bottom -= Double(index) * 4
      return glyph
    }
    #expect(rows(aslant) == ["R18,00"])
  }

  /// A font may have no height at all.
  @Test func textWithoutHeightIsLeftAlone() {
    let flat = across("flat").map { glyph in
      var glyph = glyph
      glyph.box.bottom = glyph.box.top
      return glyph
    }
    #expect(rows(flat) == ["flat"])
  }

  /// A page may have as many as its writer likes.
  @Test(.timeLimit(.minutes(1))) func aLineOfManyRowsIsReadInTimeThatGrowsWithThem() {
    let line = (0..<30_000).flatMap { across("abc", left: -Double($0) / 10, top: Double($0) * 12) }
    #expect(rows(line).count == 30_000)
  }
}
