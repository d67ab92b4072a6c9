import JSON

/// Reads a word of ours in each format whose library makes itself ready with the first file: fonts, tables of types, of
/// characters. What is forked later has that already.
enum WarmUp {
  private static let pdf = """
    %PDF-1.4
    1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<</Font<</F 4 0 R>>>>/Contents 5 0 R>>endobj
    4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
    5 0 obj<</Length 27>>stream
    BT /F 9 Tf 9 9 Td (a) Tj ET
    endstream endobj
    trailer<</Root 1 0 R>>
    startxref
    0
    %%EOF
    """

  private static let files: [(DocumentFormat, String)] = [
    (.html, "<h1>a</h1><p>b"), (.email, "Subject: a\n\nb"), (.markdown, "a"), (.csv, "a,b\n1,2"), (.pdf, pdf),
  ]

  static func run() {
    PDFBlocks.open(Array(pdf.utf8))
    for (format, text) in files {
      try? Extractor.extract(format, from: InputFile(Array(text.utf8)), mailDepth: 0) {
        _ = try JSON.encode(ExtractionLine($0))
      }
    }
  }
}
