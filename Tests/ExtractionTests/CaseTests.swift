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
    let defaultOptions: Bool
    let api: String
    let text: String
    enum CodingKeys: String, CodingKey {
      case file
      case defaultOptions = "default_options"
      case api
      case text = "html_or_text"
    }
  }

  @Test func wordDocumentsGiveTheTextsThatMammothExpects() throws {
    let list = try Data(contentsOf: folder.appendingPathComponent("mammoth/_expected.json"))
    var compared = 0
    for expected in try JSONDecoder().decode([Expected].self, from: list)
    where expected.defaultOptions && expected.file.hasSuffix(".docx") {
      let file = folder.appendingPathComponent("mammoth/\(expected.file)")
      let wanted = letters(expected.text.replacing(/<[^>]*>/, with: " ").replacing(/&[a-z]+;/, with: " "))
      do {
        let blocks = try Extraction.of(file, .docx)
        #expect(letters(blocks.map(\.text).joined(separator: " ")) == wanted, "\(expected.file)")
      } catch let error as ExtractionError {
        // A document without a word in it is told as such.
        #expect(error.code == .empty && wanted.isEmpty, "\(expected.file): \(error)")
      }
      compared += 1
    }
    #expect(compared >= 10)
  }

  @Test func pdfsGiveTheCharactersThatPdfminerExpects() throws {
    let list = try Data(contentsOf: folder.appendingPathComponent("pdfminer/_expected_text.json"))
    let expected = try JSONDecoder().decode([String: String].self, from: list)
    for (name, text) in expected where name.hasSuffix(".pdf") && !Self.unlike.contains(name) {
      let file = folder.appendingPathComponent("pdfminer/\(name)")
      // pdfminer has an order of its own, and some of its texts are excerpts.
      let wanted = characters(text)
      do {
        let found = characters(try Extraction.of(file, .pdf).map(\.text).joined())
        for (character, count) in wanted {
          #expect(found[character, default: 0] >= count, "\(name): \(character)")
        }
      } catch let error as ExtractionError {
        #expect(error.code == .empty && wanted.isEmpty, "\(name): \(error)")
      }
    }
  }

  /// Glyphs without a meaning, which pdfminer writes by their number; two fonts whose characters poppler does not
  /// know; and text set downwards, which it leaves out.
  private static let unlike: Set<String> = [
    "contrib/issue_495_pdfobjref.pdf", "contrib/issue-791-non-unicode-cmap.pdf",
    "contrib/issue_566_test_1.pdf",
    "simple3.pdf",
  ]

  @Test func pdfsGiveTheWordsThatPypdfExpects() throws {
    let text = try String(contentsOf: folder.appendingPathComponent("pypdf/crazyones.txt"), encoding: .utf8)
    let blocks = try Extraction.of(folder.appendingPathComponent("pypdf/crazyones.pdf"), .pdf)
    #expect(letters(blocks.map(\.text).joined(separator: " ")) == letters(text))
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

  private func letters(_ text: String) -> String {
    String(text.precomposedStringWithCompatibilityMapping.filter(\.isLetter))
  }

  private func characters(_ text: String) -> [Character: Int] {
    var counts: [Character: Int] = [:]
    for character in text.precomposedStringWithCompatibilityMapping where !character.isWhitespace {
      counts[character, default: 0] += 1
    }
    return counts
  }
}
