/// Where a link leads, in bytes of UTF-8: pages have many of them.
enum HTMLLink {
  private static let maximumBytes = 2_048
  private static let scheme = Array("http".utf8)

  /// Empty for one that a reader could not follow, or that is too long to be read.
  static func address(of attributes: HTMLAttributes) -> [UInt8] {
    guard let address = attributes.bytes("href"), address.count <= maximumBytes, address.starts(with: scheme)
    else { return [] }
    // What is behind it might make another character of its last.
    if address.count > scheme.count, address[scheme.count] >= 0x80,
      !String(decoding: address, as: UTF8.self).hasPrefix("http")
    {
      return []
    }
    return Array(address)
  }

  /// Whether the text of a link shows its address, or a part of it, or nothing.
  /// - Parameter text: of one line.
  static func isTold(_ address: [UInt8], by text: ArraySlice<UInt8>) -> Bool {
    // In ASCII every byte is a character.
    guard text.allSatisfy({ $0 < 0x80 }), address.allSatisfy({ $0 < 0x80 }) else {
      let address = String(decoding: address, as: UTF8.self)
      let text = String(decoding: text, as: UTF8.self).trimmingBlanks
      return text.isEmpty || text.utf8.count <= address.utf8.count && address.contains(text)
    }
    guard let start = text.firstIndex(where: { !WhiteSpace.isASCII($0) }),
      let end = text.lastIndex(where: { !WhiteSpace.isASCII($0) })
    else { return true }
    return contains(address, text[start...end])
  }

  private static func contains(_ address: [UInt8], _ text: ArraySlice<UInt8>) -> Bool {
    guard text.count <= address.count else { return false }
    return (0...(address.count - text.count)).contains { start in
      address[start] == text[text.startIndex] && address[start...].starts(with: text)
    }
  }
}
