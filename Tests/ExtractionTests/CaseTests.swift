import Extraction
import Foundation
import Testing

/// Files that other projects test with. Of the texts that they expect, `bench extract` says which are reproduced.
@Suite struct CaseTests {
  private let folder: URL

  init() throws {
    let cases = ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] ?? "../shared/cases"
    folder = URL(fileURLWithPath: cases).appendingPathComponent("documents")
    try #require(
      FileManager.default.fileExists(atPath: folder.path),
      "\(folder.path) is absent: AIGENTABLE_CASES names the folder that holds it")
  }

  /// Of two lines the letters and words are set apart: they are words, and lines, all the same.
  @Test func lettersThatAreSetApartAreWordsInTheirOrder() throws {
    let blocks = try Extraction.of(folder.appendingPathComponent("pypdf/toy.pdf"), .pdf)
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
}
