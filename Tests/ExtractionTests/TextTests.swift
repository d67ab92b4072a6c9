import Extraction
import Foundation
import TestKit
import Testing

@Suite struct TextTests {
  @Test func aPageKeepsItsStructureAndLosesItsFurniture() throws {
    let page = """
      <html><head><title>T</title><script>var x</script></head><body><nav>Home</nav><h1>Returns &amp; <b>refunds</b></h1>
      <p>Within 30&nbsp;days.</p><ul><li>Pack it<li>Send it</ul><table><tr><th>Size</th><td>Price</td></tr></table>
      <pre>a
        b</pre></body></html>
      """
    #expect(
      try Extraction.of(Array(page.utf8), .html) == [
        Block(.heading, level: 1, "Returns & refunds"), Block(.paragraph, "Within 30 days."),
        Block(.item, level: 1, "Pack it"), Block(.item, level: 1, "Send it"), Block(.row, "Size | Price"),
        Block(.code, "a\n  b"),
      ])
  }

  /// Also after a caption or a heading among them, beside empty cells, and not where a row is divided otherwise or a table has no names.
  @Test func rowsOfAPagesTableNameTheirColumns() throws {
    let page = """
      <table><tr><th colspan=2>Tents</th></tr><tr><th>Size</th><th>Price</th></tr><tr><td>S</td><td>10 EUR</td></tr>
      <tr><th>M</th><td>12 EUR</td></tr><tr><td>L</td><td></td></tr><tr><td colspan=2>While stocks last</td></tr>
      <tr><th colspan=2>Used</th></tr><tr></tr><tr><td>S</td><td>5 EUR</td></tr></table>
      <table><tr><td>Open</td><td>9 to 5</td></tr></table>
      """
    #expect(
      try Extraction.of(Array(page.utf8), .html).map(\.text) == [
        "Tents", "Size | Price", "Size: S | Price: 10 EUR", "Size: M | Price: 12 EUR", "Size: L",
        "While stocks last", "Used", "Size: S | Price: 5 EUR", "Open | 9 to 5",
      ])
  }

  /// A wrong name is worse than none: where a cell is of several columns or rows, the ones beside and below it cannot be counted.
  @Test(arguments: [
    (
      "<tr><th>Size</th><th>New</th><th>Used</th></tr><tr><td>S</td><td colspan=2>5</td><td>8</td></tr><tr><td>L</td><td>6</td><td>3</td></tr>",
      ["Size | New | Used", "S | 5 | 8", "Size: L | New: 6 | Used: 3"]
    ),
    (
      "<tr><th colspan='2'>Size</th><th>Price</th></tr><tr><td>S</td><td>5</td></tr>",
      ["Size | Price", "S | 5"]
    ),
    (
      "<tr><th rowspan=2>Size</th><th>Price</th><th>Note</th></tr><tr><th>EUR</th><th>any</th></tr><tr><td>S</td><td>5</td></tr>",
      ["Size | Price | Note", "EUR | any", "S | 5"]
    ),
    (
      "<tr><th>Size</th><th>Price</th></tr><tr><td rowspan=2>S</td><td>5</td></tr><tr><td>6</td><td>used</td></tr><tr><td>L</td><td>7</td></tr>",
      ["Size | Price", "S | 5", "6 | used", "Size: L | Price: 7"]
    ),
    (
      "<thead><tr><th rowspan=0>Size</th></tr></thead><tbody><tr><th>A</th><th>B</th></tr><tr><td colspan=1>1</td><td>2</td></tr></tbody>",
      ["Size", "A | B", "A: 1 | B: 2"]
    ),
  ])
  func cellsOfSeveralColumnsOrRowsTakeNoName(rows: String, told: [String]) throws {
    #expect(try Extraction.of(Array("<table>\(rows)</table>".utf8), .html).map(\.text) == told)
  }

  @Test func aTableWithinACellLeavesTheRowAroundItAsItIs() throws {
    let page = """
      <table><tr><th>Size</th><th>Price</th></tr>
      <tr><td>S</td><td><table><tr><th>EUR</th><th>USD</th></tr><tr><td>5</td><td>6</td></tr></table>each</td></tr>
      <tr><th>L</th><td>7</td></tr></table>
      """
    #expect(
      try Extraction.of(Array(page.utf8), .html) == [
        Block(.row, "Size | Price"), Block(.row, "EUR | USD"), Block(.row, "EUR: 5 | USD: 6"),
        Block(.row, "Size: S | Price: each"), Block(.row, "Size: L | Price: 7"),
      ])
  }

  @Test func markdownKeepsHeadingsItemsAndCode() throws {
    let text = "# One\n\nA *b*\nc\n\n- x\n- y\n\n## Two\n\n```\ncode\n```\n"
    #expect(
      try Extraction.of(Array(text.utf8), .markdown) == [
        Block(.heading, level: 1, "One"), Block(.paragraph, "A b\nc"), Block(.item, level: 1, "x"),
        Block(.item, level: 1, "y"), Block(.heading, level: 2, "Two"), Block(.code, "code"),
      ])
  }

  @Test func rowsOfATableNameTheirColumnsWhateverStandsBetween() throws {
    let text = "Product;Note\r\nTent;\"Two \"\"poles\"\";\nand a bag\"\r\n"
    #expect(
      try Extraction.of(Array(text.utf8), .csv) == [
        Block(.row, "Product | Note"), Block(.row, "Product: Tent | Note: Two \"poles\"; and a bag"),
      ])
    #expect(try Extraction.failure(Array("a,b\n\"never ends".utf8), .csv) == .damaged)
  }

  /// A mail of these parts, each with its headers.
  private func mail(_ subject: String, _ parts: [(headers: String, body: [UInt8])]) -> [UInt8] {
    let boundary = "b\(subject.hashValue.magnitude)"
    var bytes = Array(
      "Subject: \(subject)\r\nContent-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n".utf8)
    for part in parts {
      bytes += Array("--\(boundary)\r\n\(part.headers)\r\n\r\n".utf8) + part.body + Array("\r\n".utf8)
    }
    return bytes + Array("--\(boundary)--\r\n".utf8)
  }

  private func attached(
    _ name: String, _ bytes: [UInt8], _ type: String = "application/octet-stream"
  ) -> (headers: String, body: [UInt8]) {
    (
      """
      Content-Type: \(type)\r
      Content-Disposition: attachment; filename="\(name)"\r
      Content-Transfer-Encoding: base64
      """, Array(Data(bytes).base64EncodedString(options: .lineLength76Characters).utf8)
    )
  }

  @Test func whatIsAttachedToAMailIsReadUnderItsName() throws {
    let inner = mail("Inner", [("Content-Type: text/plain", Array("Inner words".utf8))])
    let bytes = mail(
      "Offer",
      [
        ("Content-Type: text/plain", Array("See the files.".utf8)),
        attached("offer.pdf", PDF.document([[(24, "Prices"), (11, "Tent 90 euros")]])),
        attached("table.csv", Array("a,b\n1,2".utf8), "text/csv"),
        attached(
          "letter.docx",
          Zip.archive([
            ("word/document.xml", "<document><body><p><r><t>Dear Ada</t></r></p></body></document>")
          ])),
        attached("photo.jpg", [0xFF, 0xD8]),
        attached("broken.pdf", Array("%PDF-1.4 nothing".utf8)),
        (#"Content-Type: message/rfc822; name="inner.eml""#, inner),
      ])
    let blocks = try Extraction.of(bytes, .email)
    #expect(
      blocks == [
        Block(.heading, level: 1, "Offer"), Block(.paragraph, "See the files."),
        Block(.heading, level: 1, "offer.pdf"),
        Block(.heading, level: 2, "Prices", place: "offer.pdf, p. 1"),
        Block(.paragraph, "Tent 90 euros", place: "offer.pdf, p. 1"),
        Block(.heading, level: 1, "table.csv"), Block(.row, "a | b", place: "table.csv"),
        Block(.row, "a: 1 | b: 2", place: "table.csv"), Block(.heading, level: 1, "letter.docx"),
        Block(.paragraph, "Dear Ada", place: "letter.docx"), Block(.heading, level: 1, "broken.pdf"),
        Block(.paragraph, "(the pdf is truncated: it has no end)", place: "broken.pdf"),
        Block(.heading, level: 1, "inner.eml"), Block(.heading, level: 2, "Inner", place: "inner.eml"),
        Block(.paragraph, "Inner words", place: "inner.eml"),
      ])
  }

  @Test func mailsInMailsEnd() throws {
    var bytes = mail("0", [("Content-Type: text/plain", Array("Deepest".utf8))])
    for depth in 1...40 {
      bytes = mail("\(depth)", [(#"Content-Type: message/rfc822; name="m\#(depth).eml""#, bytes)])
    }
    let blocks = try Extraction.of(bytes, .email)
    #expect(blocks.contains { $0.text == "37" } && !blocks.contains { $0.text == "36" })
  }

  @Test func aMailIsItsSubjectAndItsText() throws {
    let mail = """
      From: a@shop.example\r
      Subject: =?utf-8?q?Gr=C3=B6=C3=9Fen?=\r
      Content-Type: multipart/alternative; boundary=b\r
      \r
      --b\r
      Content-Type: text/plain; charset=iso-8859-1\r
      Content-Transfer-Encoding: quoted-printable\r
      \r
      F=FCr alle.\r
      --b\r
      Content-Type: text/html\r
      \r
      <p>Not this</p>\r
      --b--\r

      """
    #expect(
      try Extraction.of(Array(mail.utf8), .email) == [
        Block(.heading, level: 1, "Größen"), Block(.paragraph, "Für alle."),
      ])
  }

  @Test func textIsReadInTheCharsetThatItIsIn() throws {
    #expect(try Extraction.of([0x47, 0x72, 0xFC, 0x6E], .text) == [Block(.paragraph, "Grün")])
    var utf16: [UInt8] = [0xFF, 0xFE]
    for unit in "a\n\nb".utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    #expect(try Extraction.of(utf16, .text) == [Block(.paragraph, "a"), Block(.paragraph, "b")])
  }

  @Test(arguments: ["0 1 -1 0 300 200", "-1 0 0 -1 500 300", "0 -1 1 0 300 600"])
  func turnedTextOfAPDFIsReadInItsOwnDirection(matrix: String) throws {
    let file = PDF.document(contents: [
      """
      BT /F1 11 Tf 1 0 0 1 50 750 Tm (A line that goes on across for a while, and is longer than the others.) Tj ET
      BT /F1 11 Tf 13 TL \(matrix) Tm (First line turned) Tj T* (second line of it) Tj T* (the third) Tj ET
      """
    ])
    let lines = try Extraction.of(file, .pdf).flatMap { $0.text.split(separator: "\n") }
    #expect(lines.count == 4)
    #expect(lines.firstRange(of: ["First line turned", "second line of it", "the third"]) != nil, "\(lines)")
  }

  @Test func cellsOfAPDFsTableStandApart() throws {
    let rows = zip([700, 660], [("Continent", "Asia"), ("Capital", "Jakarta")]).map { y, row in
      "BT /F1 11 Tf 1 0 0 1 60 \(y) Tm (\(row.0)) Tj 1 0 0 1 190 \(y) Tm (\(row.1)) Tj ET"
    }
    let file = PDF.document(contents: [rows.joined(separator: "\n")])
    #expect(try Extraction.of(file, .pdf).map(\.text) == ["Continent Asia", "Capital Jakarta"])
  }

  @Test func aPDFKeepsPagesHeadingsAndParagraphs() throws {
    let file = PDF.document([
      [(24, "Returns policy"), (11, "You can return anything with-"), (11, "in 30 days of delivery.")],
      [(15, "Costs"), (11, "Returns are free of charge for all customers.")],
    ])
    #expect(
      try Extraction.of(file, .pdf) == [
        Block(.heading, level: 1, "Returns policy", place: "p. 1"),
        Block(.paragraph, "You can return anything within 30 days of delivery.", place: "p. 1"),
        Block(.heading, level: 2, "Costs", place: "p. 2"),
        Block(.paragraph, "Returns are free of charge for all customers.", place: "p. 2"),
      ])
  }
}
