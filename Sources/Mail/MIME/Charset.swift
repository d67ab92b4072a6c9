import CGMime

/// Text of a declared charset, which mail often declares wrongly.
package enum Charset {
  /// Browsers look no further (WHATWG, HTML, section 13.2.3.2).
  private static let maximumHead = 1_024
  private static var declaration: Regex<(Substring, Substring)> {
    /(?i)<meta[^>]*?charset\s*=\s*["']?\s*([a-z0-9_:.-]+)/
  }

  /// Never fails: what cannot be read is replaced, and bytes of no known charset are read as Windows-1252.
  package static func decode(_ bytes: [UInt8], as charset: String?) -> String {
    switch charset {
    case nil, "utf-8", "utf8", "us-ascii", "ascii": unicode(bytes)
    // What calls itself Latin 1 or ASCII is Windows-1252, as browsers take it (WHATWG, Encoding, section
    // 4.2).
    case "iso-8859-1", "latin1": convert(bytes, from: "windows-1252")
    case let charset?: isKnown(charset) ? convert(bytes, from: charset) : unicode(bytes)
    }
  }

  /// What a page says in its head that it is in: `<meta charset=…>`, or the same within a content type.
  static func declared(inPage bytes: [UInt8]) -> String? {
    let head = String(decoding: bytes.prefix(maximumHead), as: UTF8.self)
    return head.firstMatch(of: declaration).map { $0.output.1.lowercased() }
  }

  /// UTF-8 with a broken character here and there stays that; where more is broken than not, it is none.
  private static func unicode(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let text = String(decoding: bytes, as: UTF8.self)
    var broken = 0
    var sound = 0
    for scalar in text.unicodeScalars where scalar.value >= 0x80 {
      if scalar == "\u{FFFD}" { broken += 1 } else { sound += 1 }
    }
    return broken <= sound ? text : convert(bytes, from: "windows-1252")
  }

  private static func isKnown(_ charset: String) -> Bool {
    _ = GMime.options
    return !charset.utf8.contains(0) && cgmime_knows_charset(charset) != 0
  }

  private static func convert(_ bytes: [UInt8], from charset: String) -> String {
    _ = GMime.options
    let options = GMime.fallback(to: [charset])
    defer { g_mime_parser_options_free(options) }
    let text = bytes.withUnsafeBytes {
      g_mime_utils_decode_8bit(options, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard let text else { return String(decoding: bytes, as: UTF8.self) }
    defer { g_free(text) }
    return String(cString: text)
  }
}
