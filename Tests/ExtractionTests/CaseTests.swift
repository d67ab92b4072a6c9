import Extraction
import Foundation
import JSON
import Testing

/// Files that other projects test with, and the texts that they expect.
@Suite struct CaseTests {
  private let folder: URL

  init() throws {
    let cases = ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] ?? "../shared/cases"
    folder = URL(fileURLWithPath: cases).appendingPathComponent("documents")
    try #require(
      FileManager.default.fileExists(atPath: folder.path),
      "\(folder.path) is absent: AIGENTABLE_CASES names the folder that holds it")
  }

  private struct Expected: Decodable {
    let file: String
    let api: String
    let text: String
    enum CodingKeys: String, CodingKey {
      case file
      case api
      case text = "html_or_text"
    }
  }

  /// Of every expectation its words: how they are marked up is for mammoth's own options to say.
  @Test func wordDocumentsGiveTheTextsThatMammothExpects() throws {
    let list = try Data(contentsOf: folder.appendingPathComponent("mammoth/_expected.json"))
    var compared = 0
    for expected in try JSONDecoder().decode([Expected].self, from: list) {
      let file = folder.appendingPathComponent("mammoth/\(expected.file)")
      let wanted = words(
        expected.text.replacing(/<\/?(p|h1|ul|li)>/, with: " ").replacing(/<[^>]*>/, with: "")
          .replacing("\\n", with: " "))
      do {
        let blocks = try Extraction.of(file, .docx)
        #expect(words(blocks.map(\.text).joined(separator: " ")) == wanted, "\(expected.file)")
      } catch let error as ExtractionError {
        // A document without a word in it is told as such.
        #expect(error.code == .empty && wanted.isEmpty, "\(expected.file): \(error)")
      }
      compared += 1
    }
    #expect(compared == 32)
  }

  @Test func pdfsGiveTheTextsThatPdfminerExpects() throws {
    let list = try Data(contentsOf: folder.appendingPathComponent("pdfminer/_expected_text.json"))
    let expected = try JSONDecoder().decode([String: String].self, from: list)
    var same = 0
    for (key, text) in expected where key != Self.turned {
      // Once more, as it is read with another setting.
      let name = key.replacing("_no_boxes_flow", with: "")
      let wanted = unspaced(text)
      do {
        let blocks = try Extraction.of(folder.appendingPathComponent("pdfminer/\(name)"), .pdf)
        let found = unspaced(blocks.map(\.text).joined())
        #expect(Self.excerpts.contains(name) ? found.contains(wanted) : found == wanted, "\(name): \(found)")
      } catch let error as ExtractionError {
        #expect(error.code == .empty && wanted.isEmpty, "\(name): \(error)")
      }
      same += 1
    }
    #expect(same == 12)
  }

  /// Of these files pdfminer's tests look for a part of the text alone.
  private static let excerpts: Set<String> = [
    "zen_of_python_corrupted.pdf", "contrib/issue-625-identity-cmap.pdf",
    "contrib/issue-791-non-unicode-cmap.pdf",
  ]

  /// A drawing. pdfminer takes the dimensions that are turned by 90 degrees apart into single characters and writes them
  /// from the top down, which is backwards: its "00,02" is 20,00 on the drawing. That is not an order to give.
  ///
  /// Nor is its order of what is not turned: it joins what is near into boxes, and boxes into larger ones, so that the `A` of
  /// a datum in the middle of the page comes before the `F` of the frame, which is the topmost of its side. A drawing has no
  /// order; what stands together on it is compared, and every word.
  private static let turned = "contrib/issue_495_pdfobjref.pdf"

  @Test func ofADrawingEveryWordIsGivenAndWhatIsTurnedReadsAsItIsMeant() throws {
    let name = Self.turned
    let list = try Data(contentsOf: folder.appendingPathComponent("pdfminer/_expected_text.json"))
    let expected = try JSONDecoder().decode([String: String].self, from: list)
    // Of glyphs without a meaning pdfminer writes the numbers.
    let text = try #require(expected[name]).replacing(/\(cid:[0-9]+\)/, with: "")
    let boxes = text.split(separator: "\n\n").map { box in
      box.split(separator: "\n").map { words(String($0)).joined(separator: " ") }.filter { !$0.isEmpty }
    }
    let isTurned = { (box: [String]) in box.count > 1 && box.allSatisfy { $0.count == 1 } }
    #expect(boxes.count(where: isTurned) == 11)
    let wanted = boxes.map { isTurned($0) ? $0.reversed().joined() : $0.joined(separator: " ") }
    let found = try Extraction.of(folder.appendingPathComponent("pdfminer/\(name)"), .pdf).map {
      words($0.text).joined(separator: " ")
    }
    // The signs of a tolerance stand one above the other, and are read as one word.
    func signed(_ lines: [String]) -> [String] {
      words(lines.joined(separator: " ").replacing(/[+-]/) { " \($0.output) " }).map(String.init).sorted()
    }
    #expect(signed(found) == signed(wanted))
    for line in boxes.joined()
    where line.contains(" ") && !boxes.contains(where: { $0.contains("+") && $0.contains(line) }) {
      #expect(found.contains { $0.contains(line) }, "\(line)")
    }
  }

  /// Its other expected texts are of files that are not among the cases, but for `toy.pdf` below.
  @Test(arguments: [
    ("crazyones.pdf", "crazyones.txt"), ("crazyones.pdf", "crazyones_layout_vertical_space.txt"),
    ("crazyones.pdf", "crazyones_layout_vertical_space_font_height_weight.txt"),
    ("pdflatex-forms.pdf", "010-pdflatex-forms.txt"),
  ])
  func pdfsGiveTheTextsThatPypdfExpects(file: String, expected: String) throws {
    let text = try String(contentsOf: folder.appendingPathComponent("pypdf/\(expected)"), encoding: .utf8)
    let blocks = try Extraction.of(folder.appendingPathComponent("pypdf/\(file)"), .pdf)
    #expect(unspaced(blocks.map(\.text).joined(separator: " ")) == unspaced(text))
  }

  /// Of two lines the letters and words are set apart: they are words, and lines, all the same.
  @Test func lettersThatAreSetApartAreWordsInTheirOrder() throws {
    let text = try String(
      contentsOf: folder.appendingPathComponent("pypdf/toy.layout.txt"), encoding: .utf8)
    let blocks = try Extraction.of(folder.appendingPathComponent("pypdf/toy.pdf"), .pdf)
    #expect(unspaced(blocks.map(\.text).joined(separator: " ")) == unspaced(text))
    let lines = blocks.flatMap { $0.text.split(separator: "\n") }
    #expect(lines.suffix(3) == ["Single quote operator", "Double quote operator", "Last Txt"])
  }

  @Test func everyOtherFileEndsInTextOrAClearFailure() throws {
    let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    var failures: [ExtractionError.Code: Int] = [:]
    var read = 0
    for case let file as URL in walk ?? FileManager.DirectoryEnumerator() {
      guard let format = DocumentFormat(fileName: file.lastPathComponent) else { continue }
      do {
        _ = try Extraction.of(file, format)
        read += 1
      } catch let error as ExtractionError { failures[error.code, default: 0] += 1 }
    }
    #expect(read > 80)
    #expect(failures[.encrypted, default: 0] >= 5)
    #expect(failures[.unavailable] == nil)
  }

  private func words(_ text: String) -> [Substring] {
    text.precomposedStringWithCompatibilityMapping.split(whereSeparator: \.isWhitespace)
  }

  /// What stands where on a page is for each reader to say: blanks are not compared, all else is, in its order.
  private func unspaced(_ text: String) -> String { words(text).joined() }
}
