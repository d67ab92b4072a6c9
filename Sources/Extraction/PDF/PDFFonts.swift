import CQPDF
import Foundation

/// The fonts of a PDF that qpdf has read.
struct PDFFonts {
  private let file: qpdf_data
  private let mostObjects: Int

  /// - Parameter count: of the file. What it says itself of its objects is not believed beyond 8,388,607 (ISO 32000-1, annex
  ///   C), nor beyond its bytes where it is not small: each that is not there takes time and memory, too.
  init(_ file: qpdf_data, ofBytes count: Int) {
    self.file = file
    mostObjects = min(max(count, 65_536), 8_388_607)
  }

  /// Writes what the embedded fonts say of their glyphs into those that lack it.
  /// - Returns: how many fonts now have it.
  func name() -> Int {
    let count = Int(qpdf_oh_get_int_value_as_int(file, key("/Size", of: qpdf_get_trailer(file))))
    var named = 0
    for number in 1..<max(1, min(count, mostObjects)) {
      let font = qpdf_get_object_by_id(file, Int32(number), 0)
      if lacksNames(font), let characters = characters(of: font) {
        let map = [UInt8](GlyphMap.text(characters).utf8)
        let stream = qpdf_oh_new_stream(file)
        let none = qpdf_oh_new_null(file)
        qpdf_oh_replace_stream_data(file, stream, map, map.count, none, none)
        qpdf_oh_replace_key(file, font, "/ToUnicode", stream)
        named += 1
      }
      qpdf_oh_release(file, font)
    }
    return named
  }

  private func key(_ name: String, of object: qpdf_oh) -> qpdf_oh { qpdf_oh_get_key(file, object, name) }

  private func lacksNames(_ font: qpdf_oh) -> Bool {
    qpdf_oh_is_dictionary_of_type(file, font, "/Font", "/Type0") != 0
      && qpdf_oh_is_name_and_equals(file, key("/Encoding", of: font), "/Identity-H") != 0
      // A stream is a map; the name of one of the identities says no more than none.
      && qpdf_oh_is_stream(file, key("/ToUnicode", of: font)) == 0
  }

  /// Of the numbers of Adobe's collections the meaning is known without the font; one of another name (AutoCAD writes
  /// `Indentity0`) says no more than `Identity`.
  private static let collections: Set<String> = [
    "CNS1", "GB1", "Japan1", "Japan2", "Korea1", "KR", "Manga1", "UCS",
  ]

  private func isUnordered(_ font: qpdf_oh) -> Bool {
    let ordering = key("/Ordering", of: key("/CIDSystemInfo", of: font))
    return qpdf_oh_is_string(file, ordering) == 0
      || !Self.collections.contains(String(cString: qpdf_oh_get_utf8_value(file, ordering)))
  }

  /// By the numbers of their glyphs; nil where these are not those of the embedded font.
  private func characters(of font: qpdf_oh) -> [(glyph: UInt32, character: Unicode.Scalar)]? {
    let fonts = key("/DescendantFonts", of: font)
    guard qpdf_oh_is_array(file, fonts) != 0, qpdf_oh_get_array_n_items(file, fonts) == 1 else { return nil }
    let descendant = qpdf_oh_get_array_item(file, fonts, 0)
    guard qpdf_oh_is_dictionary_of_type(file, descendant, "/Font", "/CIDFontType2") != 0,
      qpdf_oh_is_stream(file, key("/CIDToGIDMap", of: descendant)) == 0, isUnordered(descendant)
    else { return nil }
    let program = key("/FontFile2", of: key("/FontDescriptor", of: descendant))
    guard qpdf_oh_is_stream(file, program) != 0 else { return nil }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard
      qpdf_oh_get_stream_data(file, program, qpdf_dl_generalized, nil, &bytes, &count) & Int32(QPDF_ERRORS)
        == 0,
      let bytes
    else { return nil }
    defer { free(bytes) }
    return GlyphMap.characters(of: UnsafeBufferPointer(start: bytes, count: count))
  }
}
