/// Takes text and structure out of files. Meant to run in a process of its own (`ExtractionProcess`): the
/// libraries below read what strangers wrote.
package struct Extractor {
  package typealias Emit = (Extracted) throws -> Void

  /// - Parameter descriptor: open for reading and seekable, at any position.
  package static func extract(
    _ format: DocumentFormat, from descriptor: Int32, emit: @escaping Emit
  ) throws {
    try extract(format, from: InputFile(descriptor: descriptor), mailDepth: 0, emit: emit)
  }

  /// - Parameter mailDepth: how many mails this lies in.
  static func extract(
    _ format: DocumentFormat, from file: InputFile, mailDepth: Int, emit: @escaping Emit
  ) throws {
    try refuseForeign(file, format)
    var blocks = 0
    let emit: Emit = { extracted in
      if case .block = extracted { blocks += 1 }
      try emit(extracted)
    }
    switch format {
    case .text: try PlainText.extract(file, emit)
    case .markdown: try MarkdownBlocks.extract(file, emit)
    case .csv: try CommaSeparated.extract(file, emit)
    case .html: try HTMLBlocks.extract(file, emit)
    case .email: try MailBlocks.extract(file, depth: mailDepth, emit)
    case .pdf: try PDFBlocks.extract(file, emit)
    case .docx: try WordBlocks.extract(file, emit)
    case .xlsx: try SheetBlocks.extract(file, emit)
    case .pptx: try SlideBlocks.extract(file, emit)
    case .sitemap: try Sitemap.extract(file, emit)
    }
    guard blocks > 0 else {
      throw ExtractionError(.empty, "the file holds no text; scanned pages are pictures and cannot be read")
    }
  }

  /// What is evidently another kind of file than it is said to be.
  private static func refuseForeign(_ file: InputFile, _ format: DocumentFormat) throws {
    guard file.size > 0 else { throw ExtractionError(.empty, "the file is empty") }
    let head = try file.first(1_024)
    switch format {
    case .docx, .xlsx, .pptx:
      // MS-OFFCRYPTO 2.3.4: an encrypted document lies in an OLE file, as old Office files do.
      if head.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
        throw ExtractionError(.encrypted, "the file is encrypted, or of an Office before 2007")
      }
      guard head.starts(with: [0x50, 0x4B]) else {
        throw ExtractionError(.damaged, "the file is no \(format.rawValue): it is no zip archive")
      }
    case .pdf:
      guard head.firstRange(of: Array("%PDF-".utf8)) != nil else {
        throw ExtractionError(.damaged, "the file is no pdf")
      }
    case .text, .markdown, .csv, .html, .email, .sitemap:
      let isUTF16 = head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF])
      guard isUTF16 || !head.contains(0) else {
        throw ExtractionError(.unsupported, "the file is no \(format.rawValue): it holds bytes of value 0")
      }
    }
  }
}
