import Extraction
import Foundation
import TestKit
import Testing

/// How far the reading of a file is, while it goes on.
@Suite struct ProgressTests {
  @Test(arguments: DocumentFormat.documents)
  func everyFormatTellsHowFarItIsAndComesToItsEnd(format: DocumentFormat) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("progress-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(Self.file(format)).write(to: file)
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var told: [(done: Int, total: Int)] = []
    var blocksBefore: [Int] = []
    var blocks = 0
    try ExtractionProcess.forTests().run(
      format, descriptor: handle.fileDescriptor, isCancelled: { false }
    ) { extracted in
      switch extracted {
      case .block: blocks += 1
      case .progress(let done, let total):
        told.append((done, total))
        blocksBefore.append(blocks)
      }
    }
    #expect(told.count >= 3 && Set(told.map(\.total)).count == 1, "\(told)")
    #expect(zip(told, told.dropFirst()).allSatisfy { $0.done < $1.done }, "\(told)")
    #expect(told.last.map { $0.done == $0.total } == true, "\(told)")
    // It is told on the way, not at the end.
    #expect((blocksBefore.first ?? 0) < blocks / 2)
  }

  private static func file(_ format: DocumentFormat) throws -> [UInt8] {
    let lines = (1...300).map { "Line \($0) says something." }
    switch format {
    case .text, .markdown: return Array(lines.joined(separator: "\n\n").utf8)
    case .csv: return Array(("name,note\n" + (1...15_000).map { "n\($0),word \($0)\n" }.joined()).utf8)
    case .html: return Array(lines.map { "<p>\($0)</p>" }.joined().utf8)
    case .email:
      let parts = (1...3).map {
        "--b\r\nContent-Disposition: attachment; filename=\"\($0).txt\"\r\n\r\nFile \($0)\r\n\r\nends\r\n"
      }
      return Array(
        ("Subject: Files\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n"
          + parts.joined() + "--b--\r\n").utf8)
    case .pdf: return PDF.document((1...4).map { [(11, "Page \($0)"), (11, "ends")] })
    case .docx:
      let paragraphs = lines.map { "<p><r><t>\($0)</t></r></p>" }.joined()
      return Zip.archive([("word/document.xml", "<d><body>\(paragraphs)</body></d>")])
    case .xlsx:
      let sheet = #"<s><row><c t="str"><v>A</v></c></row><row><c t="str"><v>b</v></c></row></s>"#
      return archive("xl/workbook.xml", Array(repeating: sheet, count: 4)) {
        #"<sheet name="S\#($0)" r:id="r\#($0)"/>"#
      }
    case .pptx:
      let slide = "<s><sp><p><t>One</t></p><p><t>Two</t></p></sp></s>"
      return archive("ppt/presentation.xml", Array(repeating: slide, count: 4)) {
        #"<sldId id="25\#($0)" r:id="r\#($0)"/>"#
      }
    case .sitemap: return []
    }
  }

  /// A file of these parts, which its main part lists.
  private static func archive(_ main: String, _ parts: [String], item: (Int) -> String) -> [UInt8] {
    let cut = main.lastIndex(of: "/") ?? main.endIndex
    let (folder, name) = (main[..<cut], main[cut...].dropFirst())
    let relations = parts.indices.map {
      #"<Relationship Id="r\#($0)" Type="x/worksheet" Target="\#($0).xml"/>"#
    }
    return Zip.archive(
      [
        (main, #"<w xmlns:r="r">\#(parts.indices.map(item).joined())</w>"#),
        ("\(folder)/_rels/\(name).rels", "<R>\(relations.joined())</R>"),
      ] + parts.enumerated().map { ("\(folder)/\($0.offset).xml", $0.element) })
  }
}
