import FoundationEssentials

extension UUID {
  /// nil unless `text` is the hyphenated form of a UUID, in either case. Foundation reads with sscanf, which is
  /// slow and takes blanks, signs, 0x and whatever follows a NUL.
  package init?(hyphenated text: some StringProtocol) {
    var text = String(text)
    guard let uuid = text.withUTF8({ UUIDText.uuid($0) }) else { return nil }
    self = uuid
  }

  /// Bytes of the hyphenated form.
  package static var hyphenatedCount: Int { UUIDText.count }

  /// Writes `hyphenatedCount` bytes, in lower case.
  package func writeHyphenated(to text: UnsafeMutablePointer<UInt8>) { UUIDText.write(self, to: text) }

  /// In lower case.
  package var hyphenated: String {
    String(unsafeUninitializedCapacity: UUIDText.count) { text in
      guard let start = text.baseAddress else { return 0 }
      UUIDText.write(self, to: start)
      return UUIDText.count
    }
  }
}
