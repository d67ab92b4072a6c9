import CFreeType

/// Which characters the glyphs of a font are for.
enum GlyphMap {
  /// What stands for a glyph of which nobody says what it means.
  static let unknown: Unicode.Scalar = "\u{FFFD}"

  /// What the font itself says, each glyph once, by their numbers; nil where it says nothing. Glyphs of a font of symbols,
  /// which has numbers of its own for them, are unknown: that they are there, and where, is worth knowing.
  static func characters(
    of font: UnsafeBufferPointer<UInt8>
  ) -> [(glyph: UInt32, character: Unicode.Scalar)]? {
    var library: FT_Library?
    guard FT_Init_FreeType(&library) == 0 else { return nil }
    defer { FT_Done_FreeType(library) }
    var face: FT_Face?
    guard FT_New_Memory_Face(library, font.baseAddress, font.count, 0, &face) == 0 else { return nil }
    defer { FT_Done_Face(face) }
    let isOfSymbols = FT_Select_Charmap(face, FT_ENCODING_UNICODE) != 0
    guard !isOfSymbols || FT_Select_Charmap(face, FT_ENCODING_MS_SYMBOL) == 0 else { return nil }
    var found: [UInt32: Unicode.Scalar] = [:]
    var glyph: FT_UInt = 0
    var code = FT_Get_First_Char(face, &glyph)
    while glyph != 0 {
      // They come in order: of a space and one that does not break, the space is first.
      if found[glyph] == nil, let character = Unicode.Scalar(UInt32(truncatingIfNeeded: code)) {
        found[glyph] = isOfSymbols ? unknown : character
      }
      code = FT_Get_Next_Char(face, code, &glyph)
    }
    return found.isEmpty ? nil : found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// As a `ToUnicode` CMap (ISO 32000-1, section 9.10.3) for codes of two bytes.
  static func text(_ characters: [(glyph: UInt32, character: Unicode.Scalar)]) -> String {
    var text = """
      /CIDInit /ProcSet findresource begin
      12 dict begin
      begincmap
      /CMapName /Named def
      /CMapType 2 def
      1 begincodespacerange
      <0000> <FFFF>
      endcodespacerange

      """
    let pairs = characters.filter { $0.glyph <= 0xFFFF }
    // A section has at most 100.
    for start in stride(from: 0, to: pairs.count, by: 100) {
      let section = pairs[start..<min(pairs.count, start + 100)]
      text += "\(section.count) beginbfchar\n"
      for (glyph, character) in section {
        text += "<\(hex(UInt16(glyph)))> <\(String(character).utf16.map(hex).joined())>\n"
      }
      text += "endbfchar\n"
    }
    return text + "endcmap\nend\nend\n"
  }

  private static func hex(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
