extension Bounded {
  /// A media type (RFC 9110, section 8.3.1) in lower case, without its parameters; nil when it is none or longer
  /// than 127 bytes.
  static func mediaType(_ text: String?) -> String? {
    guard let text, text.utf8.count <= 1_024 else { return nil }
    let bare = text.prefix { $0 != ";" && $0 != "," }.filter { $0 != " " && $0 != "\t" }.lowercased()
    let parts = bare.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(isMediaToken), bare.utf8.count <= 127 else { return nil }
    return bare
  }

  /// A restricted name (RFC 6838, section 4.2).
  private static func isMediaToken(_ part: Substring) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
    guard let first = part.utf8.first, isAlphanumeric(first) else { return false }
    return part.utf8.allSatisfy { isAlphanumeric($0) || "!#$&^_.+-".utf8.contains($0) }
  }
}
