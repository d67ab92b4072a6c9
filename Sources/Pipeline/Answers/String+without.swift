extension String {
  /// The text with every occurrence of these bytes cut out, also of what only comes together by that.
  ///
  /// Bytes are compared, not characters: a combining accent behind `mark` does not hide it.
  func without(_ mark: String) -> String {
    let mark = Array(mark.utf8)
    guard !mark.isEmpty, firstPlace(of: mark) != nil else { return self }
    var text = Array(utf8)
    while let range = text.firstPlace(of: mark) { text.removeSubrange(range) }
    return String(decoding: text, as: UTF8.self)
  }

  private func firstPlace(of mark: [UInt8]) -> Range<Int>? {
    var text = self
    return text.withUTF8 { text in mark.withUnsafeBytes { UnsafeRawBufferPointer(text).firstPlace(of: $0) } }
  }
}
