import Extraction
import Foundation
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
