import Extraction
import Testing

@Suite struct DocumentFormatTests {
  @Test func everyFormatIsFoundByItsMediaType() {
    for format in DocumentFormat.allCases {
      #expect(DocumentFormat(mediaType: format.mediaType) == format)
    }
  }

  @Test func theEndingOfANameTellsTheFormat() {
    #expect(DocumentFormat(fileName: "Prices 2026.XLSX") == .xlsx)
    #expect(DocumentFormat(fileName: "archive.tar.gz") == nil)
    #expect(DocumentFormat(fileName: "README") == nil)
  }
}
