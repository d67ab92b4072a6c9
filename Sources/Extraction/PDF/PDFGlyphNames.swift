import CQPDF

/// Fonts of which a PDF says what their glyphs look like and not what they mean (composite fonts without `ToUnicode`;
/// ISO 32000-1, section 9.10.2). Older word processors write such files: on screen they read well, and what is copied
/// out of them is noise. An embedded TrueType font still says itself which character each of its glyphs is for.
enum PDFGlyphNames {
  /// The same document with what its fonts say of their glyphs written where poppler looks for it; nil where nothing
  /// can be added.
  static func completed(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard mayLackNames(bytes) else { return nil }
    var file: qpdf_data? = qpdf_init()
    defer { qpdf_cleanup(&file) }
    guard let file else { return nil }
    qpdf_silence_errors(file)
    qpdf_set_suppress_warnings(file, 1)
    let start = bytes.bindMemory(to: CChar.self).baseAddress
    guard isReadable(qpdf_read_memory(file, "pdf", start, UInt64(bytes.count), nil)) else { return nil }
    let fonts = PDFFonts(file, ofBytes: bytes.count)
    guard fonts.name() > 0, isReadable(qpdf_init_write_memory(file)) else { return nil }
    qpdf_set_deterministic_ID(file, 1)
    qpdf_set_compress_streams(file, 0)
    qpdf_set_decode_level(file, qpdf_dl_none)
    guard isReadable(qpdf_write(file)), let written = qpdf_get_buffer(file) else { return nil }
    return Array(UnsafeBufferPointer(start: written, count: qpdf_get_buffer_length(file)))
  }

  /// A font of that sort names its encoding, perhaps with its hyphen escaped, if not among objects that are compressed
  /// (ISO 32000-1, sections 7.3.5 and 7.5.7). Where neither is to be seen, the document need not be read a second time.
  private static func mayLackNames(_ bytes: UnsafeRawBufferPointer) -> Bool {
    ["Identity-H", "Identity#2", "ObjStm"].contains { (word: String) in
      memmem(bytes.baseAddress, bytes.count, word, word.utf8.count) != nil
    }
  }

  /// What qpdf mends with a warning can be read.
  private static func isReadable(_ code: QPDF_ERROR_CODE) -> Bool { code & ~Int32(QPDF_WARNINGS) == 0 }
}
