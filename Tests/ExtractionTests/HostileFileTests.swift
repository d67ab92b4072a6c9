import Extraction
import Foundation
import TestKit
import Testing

/// Files made to hurt their reader: each ends in a clear failure, and the process that reads is the only one
/// that notices.
@Suite struct HostileFileTests {
  private func word(_ document: String) -> [UInt8] { Zip.archive([("word/document.xml", document)]) }

  @Test func aBombEndsAtItsLimits() throws {
    // 300 MB of one paragraph in 300 kB.
    let bomb = Zip.archive([
      ("word/document.xml", Array("<document><p><t>".utf8) + [UInt8](repeating: 0x61, count: 300 << 20))
    ])
    #expect(bomb.count < 1 << 20)
    let failure = try Extraction.failure(bomb, .docx)
    #expect(failure == .tooMuch || failure == .damaged)
  }

  @Test func moreTextThanAllowedIsTooMuch() throws {
    var limits = ExtractionLimits()
    limits.output = 10_000
    let text = String(repeating: "word ", count: 10_000)
    #expect(try Extraction.failure(Array(text.utf8), .text, limits: limits) == .tooMuch)
    limits = ExtractionLimits()
    limits.blocks = 10
    #expect(
      try Extraction.failure(Array(String(repeating: "a\n\n", count: 20).utf8), .text, limits: limits)
        == .tooMuch)
  }

  @Test func whatTakesTooLongIsStopped() throws {
    var limits = ExtractionLimits()
    limits.wallSeconds = 0
    #expect(try Extraction.failure(Array("text".utf8), .text, limits: limits) == .tooMuch)
    #expect(try Extraction.failure(Array("text".utf8), .text, isCancelled: { true }) == .cancelled)
  }

  @Test func anExternalEntityIsRefused() throws {
    let document = """
      <!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "&x;&x;">]>
      <document><body><p><r><t>&y;</t></r></p></body></document>
      """
    #expect(try Extraction.failure(word(document), .docx) == .unsupported)
  }

  @Test func whatIsTruncatedIsDamaged() throws {
    let whole = word("<document><body><p><r><t>Hello</t></r></p></body></document>")
    #expect(try Extraction.of(whole, .docx) == [Block(.paragraph, "Hello")])
    #expect(try Extraction.failure(Array(whole.prefix(whole.count / 2)), .docx) == .damaged)
    let pdf = PDF.document([[(11, "Hello there")], [(11, "And on")]])
    #expect(try Extraction.failure(Array(pdf.prefix(pdf.count / 2)), .pdf) == .damaged)
  }

  @Test func aCycleOfPagesEnds() throws {
    let pdf = """
      %PDF-1.4
      1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
      2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>endobj
      trailer<</Root 1 0 R>>
      startxref
      0
      %%EOF
      """
    #expect(try Extraction.failure(Array(pdf.utf8), .pdf) != nil)
  }

  /// What names its glyphs is read by other libraries than the pages; broken, it costs those names alone.
  @Test(arguments: 0..<24) func aBrokenEmbeddedFontEndsInTextOrAReason(seed: UInt64) throws {
    let cases = ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] ?? "../shared/cases"
    let file = URL(fileURLWithPath: cases)
      .appendingPathComponent("documents/pdfminer/contrib/issue-791-non-unicode-cmap.pdf")
    var random = LogRandom(seed: seed)
    var bytes = [UInt8](try Data(contentsOf: file))
    for _ in 0..<(1 << Int.random(in: 0...8, using: &random)) {
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    let failure = try Extraction.failure(bytes, .pdf)
    #expect(
      failure == nil || failure == .damaged || failure == .empty || failure == .encrypted, "seed \(seed)")
  }

  /// Each of those that are not there costs time and memory, where fonts are looked for among them.
  @Test func aDocumentThatClaimsMillionsOfObjectsIsRead() throws {
    let whole = String(decoding: PDF.document([[(11, "Hello there")]]), as: UTF8.self)
    let claim = whole.replacing(/\/Size \d+/, with: "/Size 8388607 /Note (Identity-H)")
    #expect(claim != whole)
    var limits = ExtractionLimits()
    limits.processorSeconds = 5
    let failure = try Extraction.failure(Array(claim.utf8), .pdf, limits: limits)
    #expect(failure == nil)
  }

  @Test func whatIsEncryptedSaysSo() throws {
    #expect(
      try Extraction.failure([0xD0, 0xCF, 0x11, 0xE0] + [UInt8](repeating: 0, count: 600), .xlsx)
        == .encrypted)
  }

  @Test func anotherKindOfFileIsRefused() throws {
    #expect(try Extraction.failure([0x89, 0x50, 0x4E, 0x47, 0, 0, 0, 0], .text) == .unsupported)
    #expect(try Extraction.failure(Array("Hello".utf8), .pdf) == .damaged)
    #expect(try Extraction.failure([], .text) == .empty)
    #expect(try Extraction.failure(Array(" \n ".utf8), .markdown) == .empty)
  }

  @Test func pagesNestedWithoutEndAreRead() throws {
    let page = String(repeating: "<div><ul><li>", count: 20_000) + "deep"
    _ = try Extraction.failure(Array(page.utf8), .html)
    #expect(try Extraction.of(Array("<p>still here".utf8), .html) == [Block(.paragraph, "still here")])
  }
}
