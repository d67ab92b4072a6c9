import CPoppler
import CQPDF

/// Fonts of which a PDF says what their glyphs look like and not what they mean (composite fonts without `ToUnicode`;
/// ISO 32000-1, section 9.10.2). Older word processors write such files: on screen they read well, and what is copied
/// out of them is noise. An embedded TrueType font still says itself which character each of its glyphs is for.
enum PDFGlyphNames {
  /// The same document with what its fonts say of their glyphs written where poppler looks for it; nil where nothing
  /// can be added.
  static func completed(_ bytes: UnsafeRawBufferPointer, of document: OpaquePointer) -> [UInt8]? {
    guard mayLackNames(document) else { return nil }
    var file: qpdf_data? = qpdf_init()
    defer { qpdf_cleanup(&file) }
    guard let file else { return nil }
    qpdf_silence_errors(file)
    qpdf_set_suppress_warnings(file, 1)
    let start = bytes.bindMemory(to: CChar.self).baseAddress
    guard isReadable(qpdf_read_memory(file, "pdf", start, UInt64(bytes.count), nil)) else { return nil }
    let fonts = PDFFonts(file)
    guard fonts.name() > 0, isReadable(qpdf_init_write_memory(file)) else { return nil }
    qpdf_set_deterministic_ID(file, 1)
    qpdf_set_compress_streams(file, 0)
    qpdf_set_decode_level(file, qpdf_dl_none)
    guard isReadable(qpdf_write(file)), let written = qpdf_get_buffer(file) else { return nil }
    return Array(UnsafeBufferPointer(start: written, count: qpdf_get_buffer_length(file)))
  }

  /// Where no font is of that sort, which is soon known, the document need not be read a second time.
  private static func mayLackNames(_ document: OpaquePointer) -> Bool {
    let scan = poppler_font_info_new(document)
    defer { cpoppler_close_fonts(scan) }
    var fonts: OpaquePointer?
    guard poppler_font_info_scan(scan, poppler_document_get_n_pages(document), &fonts) != 0, let fonts else {
      return false
    }
    defer { poppler_fonts_iter_free(fonts) }
    repeat {
      if poppler_fonts_iter_get_font_type(fonts) == POPPLER_FONT_TYPE_CID_TYPE2,
        poppler_fonts_iter_is_embedded(fonts) != 0,
        let encoding = poppler_fonts_iter_get_encoding(fonts), String(cString: encoding) == "Identity-H"
      {
        return true
      }
    } while poppler_fonts_iter_next(fonts) != 0
    return false
  }

  /// What qpdf mends with a warning can be read.
  private static func isReadable(_ code: QPDF_ERROR_CODE) -> Bool { code & ~Int32(QPDF_WARNINGS) == 0 }
}
