import Testing

@testable import Extraction

/// Lines are 10 points high; what runs down is 10 points wide.
@Suite struct ReadingOrderTests {
  private func across(_ text: String, top: Double, left: Double = 50, right: Double = 300) -> PDFPage.Line {
    PDFPage.Line(
      text: text, size: 10, top: top, bottom: top + 10, left: left, right: right, runsDown: false)
  }

  private func down(_ text: String, _ span: ClosedRange<Double>, left: Double) -> PDFPage.Line {
    PDFPage.Line(
      text: text, size: 10, top: span.lowerBound, bottom: span.upperBound, left: left, right: left + 10,
      runsDown: true)
  }

  private func order(_ lines: PDFPage.Line...) -> [String] { PDFPage.inReadingOrder(lines).map(\.text) }

  @Test func whatRunsDownComesAfterWhatIsAboveItOrToItsLeftAndBeforeWhatIsBelow() {
    let note = [down("n1", 100...200, left: 310), down("n2", 100...200, left: 320)]
    let (title, beside, below) = (
      across("the title", top: 50, right: 400), across("beside it", top: 100), across("below", top: 250)
    )
    let wanted = ["the title", "beside it", "n1", "n2", "below"]
    #expect(order(note[0], note[1], title, beside, below) == wanted)
    #expect(order(title, beside, below, note[0], note[1]) == wanted)
    #expect(order(title, beside, note[0], note[1], below) == wanted)
  }

  @Test func itComesIntoTheMiddleOfNoParagraph() {
    let note = down("note", 95...115, left: 310)
    let lines = [across("one line", top: 100), across("the next", top: 112), across("the last", top: 124)]
    #expect(order(note, lines[0], lines[1], lines[2]) == ["note", "one line", "the next", "the last"])
  }

  @Test func whereLinesGoOnToItsRightItStaysWhereItWas() {
    let note = down("note", 100...200, left: 20)
    #expect(
      order(across("above", top: 50), across("beside", top: 120), note, across("below", top: 250))
        == ["above", "beside", "note", "below"])
  }

  @Test func aPageThatIsSetDownwardsKeepsItsOrder() {
    let columns = [down("first column", 50...500, left: 300), down("second column", 50...500, left: 280)]
    #expect(
      order(columns[0], columns[1], across("page 7", top: 20)) == ["first column", "second column", "page 7"])
  }
}
