import Testing

@testable import Extraction

/// Letters of 10 points.
@Suite struct LetterSpacingTests {
  private static let narrow: Set<Character> = ["i", "l", "t", "r", " "]

  /// - Parameter gap: between two letters, in points.
  private func spacing(of text: String, gap: Double, width: Double? = nil) -> Double? {
    var left = 50.0
    var spans: [(left: Double, right: Double)] = []
    for letter in text {
      let wide = letter == " " ? gap : width ?? (Self.narrow.contains(letter) ? 2.5 : 5.5)
      spans.append((left, left + wide))
      left += wide
    }
    return PDFPage.letterSpacing(ArraySlice(text.unicodeScalars), spans, size: 10)
  }

  @Test func lettersThatAreSetApartAlikeAreAWord() throws {
    #expect(abs(try #require(spacing(of: "T i t l e", gap: 5)) - 5) < 0.01)
  }

  @Test func lettersThatStandForThemselvesAreNone() {
    #expect(spacing(of: "T i t l e", gap: 2.8) == nil, "a blank lies between them")
    #expect(spacing(of: "T i t l e", gap: 3.52) == nil, "a blank of Verdana")
    #expect(spacing(of: "T i t l e", gap: 4.2) == nil, "a blank of a justified line")
    #expect(spacing(of: "A B C D", gap: 5, width: 6) == nil, "letters of one width may be columns of a table")
    #expect(spacing(of: "T i t l e", gap: 20) == nil, "far apart")
    #expect(spacing(of: "T i", gap: 5) == nil, "two letters")
    #expect(spacing(of: "T i tle", gap: 5) == nil && spacing(of: "Title", gap: 5) == nil)
  }

  /// Columns of a table: the letters begin at equal distances.
  @Test func lettersAtEqualDistancesAreNone() {
    let spans = [(50.0, 52.0), (52, 60), (60, 68), (68, 70), (70, 73)].map { (left: $0.0, right: $0.1) }
    #expect(PDFPage.letterSpacing(ArraySlice("i w l".unicodeScalars), spans, size: 10) == nil)
  }

  private func word(_ text: String, left: Double, right: Double, top: Double = 100, spacing: Double? = 4)
    -> PDFPage.Line
  {
    PDFPage.Line(
      text: text, size: 10, top: top, bottom: top + 10, left: left, right: right, runsDown: false,
      letterSpacing: spacing)
  }

  private func joined(_ lines: PDFPage.Line...) -> [String] {
    PDFPage.joiningSpacedWords(lines).map(\.text)
  }

  @Test func wordsOfOneLineAreOneLineWhateverStandsBelow() {
    #expect(
      joined(
        word("The", left: 50, right: 80), word("below", left: 50, right: 90, top: 115),
        word("long", left: 92, right: 130), word("title", left: 142, right: 190))
        == ["The long title", "below"])
  }

  @Test func whatIsNoWordOfTheLineStaysApart() {
    let first = word("These", left: 50, right: 80)
    #expect(joined(first, word("title", left: 130, right: 170)) == ["These", "title"], "too far away")
    #expect(joined(first, word("title", left: 92, right: 130, top: 104)) == ["These", "title"], "lower")
    #expect(joined(first, word("title", left: 92, right: 130, spacing: nil)) == ["These", "title"])
    #expect(joined(first, word("title", left: 92, right: 130, spacing: 6)) == ["These", "title"])
  }

  /// On their own they may be single letters that are as far apart by chance.
  @Test func fewLettersAreAWordAmongOthersAlone() {
    #expect(
      joined(
        word("Last", left: 50, right: 80), word("Txt", left: 92, right: 130),
        word("abc", left: 50, right: 70, top: 115))
        == ["Last Txt", "a b c"])
    #expect(joined(word("Last", left: 50, right: 80)) == ["L a s t"])
    #expect(joined(word("abcd", left: 50, right: 80, spacing: nil)) == ["abcd"])
  }

  /// Every line is looked at once; a page may have as many as its writer likes.
  @Test(.timeLimit(.minutes(1))) func aPageOfManyLinesIsReadInTimeThatGrowsWithThem() {
    let plain = (0..<50_000).map { word("plain", left: 50, right: 80, top: Double($0) * 12, spacing: nil) }
    let spaced = (0..<5_000).map { word("spaced", left: 50, right: 80, top: Double($0) * 12) }
    let end = [word("The", left: 50, right: 80, top: -20), word("title", left: 92, right: 130, top: -20)]
    let clock = ContinuousClock()
    var lines: [String] = []
    let time = clock.measure { lines = PDFPage.joiningSpacedWords(plain + spaced + end).map(\.text) }
    #expect(lines.count == 55_001 && lines.last == "The title")
    #expect(time < .seconds(20))
  }
}
