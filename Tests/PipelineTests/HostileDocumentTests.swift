import Contracts
import EventLog
import Extraction
import Foundation
import Knowledge
import Pipeline
import Postgres
import TestKit
import Testing

/// Files made to hurt their reader, on the way of every document: handed in, read, and told of.
@Suite(.timeLimit(.minutes(3))) struct HostileDocumentTests {
  /// Whatever a file does to its reader, its document says what that is and leaves nothing, and the next one is indexed.
  @Test func eachHostileDocumentFailsForItsOwnReasonAndNothingElseSuffers() async throws {
    var limits = ExtractionLimits()
    limits.output = 1 << 20
    let cycle = """
      %PDF-1.4
      1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
      2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>endobj
      trailer<</Root 1 0 R>>
      startxref
      0
      %%EOF
      """
    let flood = String(repeating: "word after word\n\n", count: 200_000)
    let whole = PDF.document([[(11, "Hello there")], [(11, "And on")]])
    let files: [(bytes: [UInt8], format: DocumentFormat, reason: String)] = [
      ([0xD0, 0xCF, 0x11, 0xE0] + [UInt8](repeating: 0, count: 600), .xlsx, "encrypted"),
      (PDF.encrypted(), .pdf, "wants a password"),
      (Array(whole.prefix(whole.count / 2)), .pdf, "truncated"),
      (Array(cycle.utf8), .pdf, ""),
      (Self.wordBomb, .docx, "more than 1 MiB"), (Self.sheetBomb, .xlsx, "more than 1 MiB"),
      (Array(flood.utf8), .text, "more than 1 MiB"),
      ([0x89, 0x50, 0x4E, 0x47, 0, 0, 0, 0], .html, "holds bytes of value 0"),
    ]
    try await DocumentRun.run(limits: limits) { run in
      var reasons: [DocumentID: String] = [:]
      for file in files {
        reasons[try await run.upload("Hostile", file.bytes, file.format)] = file.reason
      }
      let good = try await run.upload("Fine", Array("All is well.".utf8), .text)
      let records = try await run.events {
        $0.count(DocumentIndexed.type) == 1 && $0.count(DocumentFailed.type) == files.count
      }
      let failed = try records.filter { $0.event.type == DocumentFailed.type }
        .map { try DocumentFailed.read($0.event).facts }
      #expect(Set(failed.map(\.document)) == Set(reasons.keys))
      for facts in failed {
        let reason = try #require(reasons[facts.document])
        #expect(!facts.reason.isEmpty && (reason.isEmpty || facts.reason.contains(reason)), "\(facts.reason)")
      }
      #expect(try await run.search("well").map(\.document) == [good])
      let documents = try await run.made.database.pool.withConnection {
        try $0.execute("select distinct document from index_1.chunk").map { DocumentID($0.uuid(0)) }
      }
      #expect(documents == [good])
    }
  }

  /// 32 MB of paragraphs, and of rows, in less than 100 kB.
  private static let wordBomb = Zip.archive([
    (
      "word/document.xml",
      "<document><body>\(String(repeating: "<p><r><t>\(filler)</t></r></p>", count: 32_000))</body></document>"
    )
  ])
  private static let sheetBomb = Zip.archive([
    (
      "xl/workbook.xml",
      #"<workbook><sheets><sheet name="S" sheetId="1" r:id="s" xmlns:r="r"/></sheets></workbook>"#
    ),
    (
      "xl/_rels/workbook.xml.rels",
      #"<Relationships><Relationship Id="s" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    ),
    (
      "xl/worksheets/sheet1.xml",
      "<worksheet><sheetData>"
        + String(
          repeating: "<row><c t=\"inlineStr\"><is><t>\(filler)</t></is></c></row>", count: 32_000)
        + "</sheetData></worksheet>"
    ),
  ])
  private static let filler = String(repeating: "a", count: 1_000)

  /// Office files may have none at all; what a page says of one, or a drawing that passes for a page, is text like any other.
  @Test func anEntityThatNamesAFileBringsNothingOfIt() async throws {
    let secret = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID())")
    try "canaryword".write(to: secret, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: secret) }
    func type(_ root: String) -> String {
      "<!DOCTYPE \(root) [<!ENTITY x SYSTEM \"\(secret.absoluteString)\"><!ENTITY y \"&x;&x;\">]>"
    }
    let office = Zip.archive([
      ("word/document.xml", type("document") + "<document><body><p><r><t>&y;</t></r></p></body></document>")
    ])
    let page = type("html") + "<html><body><h1>Prices</h1><p>Widgets &x; &y; gadgets</p></body></html>"
    let drawing =
      #"<?xml version="1.0"?>"# + type("svg")
      + #"<svg xmlns="http://www.w3.org/2000/svg"><text>&x; &y;</text></svg>"#
    try await DocumentRun.run { run in
      let refused = try await run.upload("Office", office, .docx)
      let read = try await run.upload("Page", Array(page.utf8), .html)
      _ = try await run.upload("Drawing", Array(drawing.utf8), .html)
      let records = try await run.events {
        $0.count(DocumentIndexed.type) + $0.count(DocumentFailed.type) == 3
      }
      let failed = try records.filter { $0.event.type == DocumentFailed.type }
        .map { try DocumentFailed.read($0.event).facts }.filter { $0.document == refused }
      #expect(failed.map(\.reason).first?.contains("declares a document type") == true, "\(failed)")
      #expect(try await run.search("widgets").map(\.document) == [read])
      let leaked = try await run.made.database.pool.withConnection {
        try $0.execute("select count(*) from index_1.chunk where text like '%canary%'")[0].int8(0)
      }
      #expect(leaked == 0)
    }
  }
}
