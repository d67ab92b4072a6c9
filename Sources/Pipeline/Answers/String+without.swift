import Foundation

extension String {
  /// The text with every occurrence of these bytes cut out, also of what only comes together by that.
  ///
  /// Bytes are compared, not characters: a combining accent behind `mark` does not hide it.
  func without(_ mark: String) -> String {
    guard !mark.isEmpty, firstRange(of: mark) != nil else { return self }
    var text = Array(utf8)
    while let range = text.withUnsafeBytes({ $0.firstRange(of: mark) }) { text.removeSubrange(range) }
    return String(decoding: text, as: UTF8.self)
  }

  private func firstRange(of mark: String) -> Range<Int>? {
    var text = self
    return text.withUTF8 { UnsafeRawBufferPointer($0).firstRange(of: mark) }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func firstRange(of mark: String) -> Range<Int>? {
    guard let text = baseAddress else { return nil }
    var mark = mark
    return mark.withUTF8 { mark in
      var place = 0
      while place + mark.count <= count {
        guard let found = memchr(text + place, Int32(mark[0]), count - mark.count - place + 1) else {
          return nil
        }
        place = UnsafeRawPointer(found) - text
        if memcmp(found, mark.baseAddress!, mark.count) == 0 { return place..<place + mark.count }
        place += 1
      }
      return nil
    }
  }
}
