import CPoppler

/// PDF, by poppler: what is set larger than most of the text is taken for a heading, what stands apart for a
/// paragraph. Each block names its page.
enum PDFBlocks {
  static func extract(_ file: InputFile, _ emit: Extractor.Emit) throws {
    cpoppler_be_quiet()
    try file.withBytes { bytes in
      try refuseTruncated(bytes)
      try extract(bytes, emit)
    }
  }

  private static func extract(_ bytes: UnsafeRawBufferPointer, _ emit: Extractor.Emit) throws {
    // What poppler refuses is refused, whatever qpdf would make of it.
    let completed = try withDocument(bytes) { document -> [UInt8]? in
      if let completed = PDFGlyphNames.completed(bytes) { return completed }
      try extract(document, emit)
      return nil
    }
    try completed?.withUnsafeBytes { try withDocument($0) { try extract($0, emit) } }
  }

  /// Opens this document and leaves it open: what poppler makes ready with the first one, as tables of characters by their
  /// names, it takes down with the last.
  static func open(_ bytes: [UInt8]) {
    let held = g_bytes_new(bytes, gsize(bytes.count))
    defer { g_bytes_unref(held) }
    _ = poppler_document_new_from_bytes(held, nil, nil)
  }

  private static func withDocument<R>(
    _ bytes: UnsafeRawBufferPointer, _ body: (OpaquePointer) throws -> R
  ) throws -> R {
    var error: UnsafeMutablePointer<GError>?
    let held = g_bytes_new_static(bytes.baseAddress, gsize(bytes.count))
    defer { g_bytes_unref(held) }
    guard let document = poppler_document_new_from_bytes(held, nil, &error) else {
      defer { g_clear_error(&error) }
      if cpoppler_is_encrypted(error) != 0 {
        throw ExtractionError(.encrypted, "the pdf is encrypted and wants a password")
      }
      throw ExtractionError(
        .damaged, "the pdf cannot be opened: \(String(cString: cpoppler_message(error)))")
    }
    defer { cpoppler_close_document(document) }
    return try body(document)
  }

  private static func extract(_ document: OpaquePointer, _ emit: Extractor.Emit) throws {
    let pages = Int(poppler_document_get_n_pages(document))
    guard pages > 0 else { throw ExtractionError(.damaged, "the pdf has no pages") }
    var sizes = FontSizes()
    for number in 0..<pages {
      if let page = poppler_document_get_page(document, Int32(number)) {
        defer { cpoppler_close_page(page) }
        for block in PDFPage(page).blocks(&sizes, place: "p. \(number + 1)") { try emit(.block(block)) }
      }
      try emit(.progress(done: number + 1, of: pages))
    }
  }

  /// poppler makes the best of what is left of a file; half a document must not pass for a whole one. A whole
  /// one says where its table of objects is behind the last of them (ISO 32000-1, section 7.5.5).
  private static func refuseTruncated(_ bytes: UnsafeRawBufferPointer) throws {
    let end = last("startxref", in: bytes) ?? last("%%EOF", in: bytes) ?? -1
    guard end > (last("endobj", in: bytes) ?? -1) else {
      throw ExtractionError(.damaged, "the pdf is truncated: it has no end")
    }
  }

  private static func last(_ word: String, in bytes: UnsafeRawBufferPointer) -> Int? {
    let word = Array(word.utf8)
    guard bytes.count >= word.count else { return nil }
    return stride(from: bytes.count - word.count, through: 0, by: -1).first { start in
      bytes[start] == word[0] && bytes[start..<start + word.count].elementsEqual(word)
    }
  }
}

/// How much text there is in each size; the most frequent is that of the running text.
struct FontSizes {
  private var characters: [Int: Int] = [:]

  mutating func add(_ size: Double, _ count: Int) {
    characters[Int((size * 2).rounded()), default: 0] += count
  }

  /// In points; nil before there was any text.
  var body: Double? {
    characters.max { ($0.value, -$0.key) < ($1.value, -$1.key) }.map { Double($0.key) / 2 }
  }
}
