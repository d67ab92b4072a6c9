import Testing

@testable import Extraction

/// Two views side by side, of which poppler reads the rows.
@Suite struct DrawingTests {
  private let lines = [
    PDFGlyph.across("left, above", left: 100, top: 50), PDFGlyph.across("right, above", left: 600, top: 50),
    PDFGlyph.up("10,00", left: 60, top: 80), PDFGlyph.up("20,00", left: 560, top: 85),
    PDFGlyph.across("left, in it", left: 100, top: 120), PDFGlyph.across("right, in it", left: 600, top: 120),
    PDFGlyph.up("30,00", left: 200, top: 140), PDFGlyph.up("40,00", left: 700, top: 180),
    PDFGlyph.across("left, below", left: 100, top: 200), PDFGlyph.across("right, below", left: 600, top: 210),
  ]

  private func order(_ lines: [[PDFGlyph]]) -> [String]? {
    PDFPage.orderOfDrawing(lines)?.map { PDFGlyph.text(of: lines[$0]) }
  }

  @Test func whatStandsNearToEachOtherComesTogether() throws {
    let found = try #require(order(lines))
    #expect(found.count == 10)
    #expect(Set(found.prefix(5)) == ["left, above", "10,00", "left, in it", "30,00", "left, below"])
    #expect(
      found.filter { $0.contains("t, ") } == [
        "left, above", "left, in it", "left, below", "right, above", "right, in it", "right, below",
      ])
  }

  @Test func linesOfOneTextStayInTheirOrderWhicheverWayTheyRun() throws {
    let downwards = [
      PDFGlyph.down("first of two", left: 420, top: 300), PDFGlyph.down("second", left: 408, top: 300),
    ]
    let upwards = [
      PDFGlyph.up("one of two", left: 408, top: 400), PDFGlyph.up("the other", left: 420, top: 405),
    ]
    let found = try #require(order(lines + downwards + upwards))
    #expect(found.count == 14)
    for text in [["first of two", "second"], ["one of two", "the other"]] {
      #expect(found.firstRange(of: text) != nil, "\(found)")
    }
  }

  @Test func aPageThatIsNoDrawingKeepsItsOrder() {
    let cells = (0..<3).flatMap { row in
      (0..<4).map { PDFGlyph.across("12,5", left: 100 + Double($0) * 60, top: 200 + Double(row) * 30) }
    }
    let heads = (0..<4).map { PDFGlyph.up("the head", left: 100 + Double($0) * 60, top: 150) }
    #expect(order(heads + cells) == nil, "heads of a table")
    let running = (0..<8).map { PDFGlyph.across("a line of a text", left: 100, top: 300 + Double($0) * 12) }
    #expect(order(lines + running) == nil, "a text")
    let turned = lines.map { line in
      PDFGlyph.down(PDFGlyph.text(of: line), left: line[0].box.left, top: line[0].box.top)
    }
    #expect(order(turned) == nil, "a page that is set downwards")
    #expect(order([]) == nil)
  }

  /// The most that are looked at, at random.
  @Test(.timeLimit(.minutes(1))) func manyTextsAreOrderedInTimeAndMoreKeepTheirOrder() {
    var state: UInt64 = 1
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24) * 4_000
    }
    var texts = (0..<290).map { _ in PDFGlyph.across("12", left: random(), top: random()) }
    texts += (0..<10).map { PDFGlyph.up("34", left: Double($0) * 100, top: Double($0) * 100) }
    #expect(PDFPage.orderOfDrawing(texts)?.sorted() == Array(0..<300))
    #expect(PDFPage.orderOfDrawing(texts + [PDFGlyph.across("12", left: 0, top: 5_000)]) == nil)
  }
}
