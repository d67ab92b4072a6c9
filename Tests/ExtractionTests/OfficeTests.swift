import Extraction
import TestKit
import Testing

@Suite struct OfficeTests {
  private func word(_ body: String, notes: String? = nil) -> [UInt8] {
    let namespace = #"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main""#
    var parts = [
      (
        "_rels/.rels",
        #"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>"#
      ),
      (
        "word/_rels/document.xml.rels",
        #"<Relationships><Relationship Id="a" Type="http://x/styles" Target="styles.xml"/><Relationship Id="b" Type="http://x/footnotes" Target="/word/footnotes.xml"/></Relationships>"#
      ),
      ("word/document.xml", "<w:document \(namespace)><w:body>\(body)</w:body></w:document>"),
      (
        "word/styles.xml",
        #"<w:styles \#(namespace)><w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style></w:styles>"#
      ),
    ]
    if let notes { parts.append(("word/footnotes.xml", "<w:footnotes \(namespace)>\(notes)</w:footnotes>")) }
    return Zip.archive(parts)
  }

  @Test func aWordDocumentKeepsHeadingsItemsTablesAndNotes() throws {
    let file = word(
      """
      <w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Returns</w:t></w:r></w:p>
      <w:p><w:r><w:t xml:space="preserve">Within </w:t></w:r><w:r><w:t>30 days.</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>
      <w:p><w:pPr><w:pStyle w:val="berschrift2"/></w:pPr><w:r><w:t>How</w:t></w:r></w:p>
      <w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="3"/></w:numPr></w:pPr><w:r><w:t>Pack it</w:t></w:r></w:p>
      <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Size</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Price</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
      """, notes: "<w:footnote><w:p><w:r><w:t>Unless worn.</w:t></w:r></w:p></w:footnote>")
    #expect(
      try Extraction.of(file, .docx) == [
        Block(.heading, level: 1, "Returns"), Block(.paragraph, "Within 30 days."),
        Block(.heading, level: 2, "How"),
        Block(.item, level: 2, "Pack it"), Block(.row, "Size | Price"), Block(.paragraph, "Unless worn."),
      ])
  }

  @Test func aTextBoxIsReadOnceAlthoughItIsWrittenTwice() throws {
    let box = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
    let file = word(
      "<w:p><w:r><mc:AlternateContent xmlns:mc=\"m\"><mc:Choice>\(box)</mc:Choice><mc:Fallback>\(box)</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    #expect(try Extraction.of(file, .docx) == [Block(.paragraph, "In the box")])
  }

  @Test func rowsOfASheetNameTheirColumns() throws {
    let file = Zip.archive([
      (
        "xl/workbook.xml",
        #"<workbook><sheets><sheet name="Prices" sheetId="1" r:id="s1" xmlns:r="r"/><sheet name="Old" state="hidden" r:id="s2" xmlns:r="r"/></sheets></workbook>"#
      ),
      (
        "xl/_rels/workbook.xml.rels",
        #"<Relationships><Relationship Id="s1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="t" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="u" Type="x/styles" Target="styles.xml"/></Relationships>"#
      ),
      (
        "xl/sharedStrings.xml",
        "<sst><si><t>Tent</t></si><si><r><t>Two </t></r><r><t>poles</t></r></si></sst>"
      ),
      (
        "xl/styles.xml", #"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
      ),
      (
        "xl/worksheets/sheet1.xml",
        """
        <worksheet><sheetData><row><c r="A1" t="inlineStr"><is><t>Product</t></is></c><c r="B1" t="str"><v>Note</v></c>\
        <c r="D1" t="str"><v>Since</v></c></row>\
        <row><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="D2" s="1"><v>46000</v></c></row></sheetData></worksheet>
        """
      ),
    ])
    #expect(
      try Extraction.of(file, .xlsx) == [
        Block(.row, "Product | Note | Since", place: "sheet Prices"),
        Block(.row, "Product: Tent | Note: Two poles | Since: 2025-12-09", place: "sheet Prices"),
      ])
  }

  @Test func slidesComeInTheOrderOfThePresentation() throws {
    func slide(_ title: String, _ text: String) -> String {
      """
      <p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="title"/></p:nvPr><a:p><a:r><a:t>\(title)</a:t></a:r></a:p></p:sp>\
      <p:sp><a:p><a:pPr lvl="1"/><a:r><a:t>\(text)</a:t></a:r></a:p></p:sp></p:sld>
      """
    }
    let file = Zip.archive([
      (
        "ppt/presentation.xml",
        #"<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rB"/><p:sldId id="257" r:id="rA"/></p:sldIdLst></p:presentation>"#
      ),
      (
        "ppt/_rels/presentation.xml.rels",
        #"<Relationships><Relationship Id="rA" Type="x/slide" Target="slides/slide1.xml"/><Relationship Id="rB" Type="x/slide" Target="slides/slide2.xml"/></Relationships>"#
      ),
      ("ppt/slides/slide1.xml", slide("Second", "b")), ("ppt/slides/slide2.xml", slide("First", "a")),
    ])
    #expect(
      try Extraction.of(file, .pptx) == [
        Block(.heading, level: 1, "First", place: "slide 1"), Block(.item, level: 2, "a", place: "slide 1"),
        Block(.heading, level: 1, "Second", place: "slide 2"), Block(.item, level: 2, "b", place: "slide 2"),
      ])
  }
}
