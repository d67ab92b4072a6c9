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

  /// Of every expectation its paragraphs: how they are marked up is for mammoth's own options to say.
  @Test func wordDocumentsGiveTheTextsThatMammothExpects() throws {
    let list = try Data(contentsOf: folder.appendingPathComponent("mammoth/_expected.json"))
    var compared = 0
    for expected in try JSONDecoder().decode([Expected].self, from: list) {
      let file = folder.appendingPathComponent("mammoth/\(expected.file)")
      let wanted = expected.text.replacing(/<\/?(p|h1|ul|li)>/, with: "\n").replacing(/<[^>]*>/, with: "")
        .replacing("\\n", with: "\n").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      do {
        let blocks = try Extraction.of(file, .docx)
        #expect(blocks.map(\.text) == wanted.filter { !$0.isEmpty }, "\(expected.file)")
      } catch let error as ExtractionError {
        // A document without a word in it is told as such.
        #expect(error.code == .empty && wanted.allSatisfy(\.isEmpty), "\(expected.file): \(error)")
      }
      compared += 1
    }
    #expect(compared == 32)
  }

  @Test func pdfsGiveTheTextsThatPdfminerExpects() throws {
    let list = try Data(contentsOf: folder.appendingPathComponent("pdfminer/_expected_text.json"))
    let expected = try JSONDecoder().decode([String: String].self, from: list)
    for (key, text) in expected {
      // Once more, as it is read with another setting.
      let name = key.replacing("_no_boxes_flow", with: "")
      let wanted = name == Self.drawing ? asItIsRead(text) : text
      do {
        let blocks = try Extraction.of(folder.appendingPathComponent("pdfminer/\(name)"), .pdf)
        let found = blocks.map(\.text).joined(separator: "\n")
        if Self.excerpts.contains(name) {
          #expect(" \(spaced(found)) ".contains(" \(spaced(wanted)) "), "\(name): \(found)")
        } else if Self.withoutBlanks.contains(name) {
          #expect(unspaced(found) == unspaced(wanted), "\(name): \(found)")
        } else {
          #expect(words(found) == words(wanted), "\(name): \(found)")
        }
      } catch let error as ExtractionError {
        #expect(error.code == .empty && words(wanted).isEmpty, "\(name): \(error)")
      }
    }
    #expect(expected.count == 13)
  }

  /// Of these files pdfminer's tests look for a part of the text alone.
  private static let excerpts: Set<String> = [
    "zen_of_python_corrupted.pdf", "contrib/issue-625-identity-cmap.pdf",
  ]

  /// Chinese and Japanese have no blanks between words: where a line ends is for each reader to say.
  private static let withoutBlanks: Set<String> = ["simple3.pdf", "contrib/issue_566_test_2.pdf"]

  private static let drawing = "contrib/issue_495_pdfobjref.pdf"

  /// The text of a drawing, whole and in its order. pdfminer takes the dimensions that are turned by 90 degrees apart into
  /// single characters and writes them from the top down, which is backwards: its "00,02" is 20,00 on the drawing. Of
  /// glyphs it writes the numbers where it does not know what they mean; the diameter's the font itself tells, those of
  /// the font of symbols nobody.
  private func asItIsRead(_ text: String) -> String {
    let boxes = text.split(separator: "\n\n").map { box in
      let lines = box.replacing("(cid:142)", with: "Ø").replacing(/\(cid:[0-9]+\)/, with: "")
        .split(separator: "\n")
      let isTurned = lines.count > 1 && lines.allSatisfy { $0.count == 1 }
      return (text: isTurned ? lines.reversed().joined() : lines.joined(separator: "\n"), isTurned: isTurned)
    }
    #expect(boxes.count(where: \.isTurned) == 11)
    return boxes.map(\.text).joined(separator: "\n\n")
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
    #expect(words(blocks.map(\.text).joined(separator: "\n")) == words(text))
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

  /// What stands where on a page is for each reader to say: blanks are one, all else is compared, in its order.
  private func spaced(_ text: String) -> String { words(text).joined(separator: " ") }

  private func unspaced(_ text: String) -> String { words(text).joined() }
}
