/// What can be counted of a message without reading it: the parser builds all that a message holds, however
/// much that is, and follows what is nested by recursion.
struct MIMEOutline {
  /// Of the first header.
  private(set) var headerBytes = 0
  /// Openings of groups of addresses (RFC 5322, section 3.4) without an end, in the field that has the most.
  /// Parts that are messages have such fields too.
  private(set) var nestedGroups = 0
  /// Every multipart names its boundary, and the parser compares each line with all that are open.
  private(set) var boundaryNames = 0
  /// Lines that could be boundaries.
  private(set) var boundaryLines = 0

  init(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      headerBytes = Self.headerLength(bytes)
      nestedGroups = Self.nestedGroups(bytes)
      boundaryNames = Self.occurrences(of: Array("boundary".utf8), in: bytes)
      boundaryLines = boundaryNames == 0 ? 0 : Self.occurrences(of: Array("\n--".utf8), in: bytes)
    }
  }

  func check(_ limits: MIMELimits) throws(MIMEError) {
    guard headerBytes <= limits.headerBytes else {
      throw MIMEError(
        code: .tooLarge, message: "the header has \(headerBytes) bytes, at most \(limits.headerBytes)")
    }
    guard nestedGroups <= limits.groups else {
      throw MIMEError(code: .tooManyParts, message: "\(nestedGroups) groups of addresses within each other")
    }
    guard boundaryNames <= limits.parts, boundaryLines <= limits.boundaryLines else {
      throw MIMEError(code: .tooManyParts, message: "\(boundaryNames) boundaries on \(boundaryLines) lines")
    }
  }

  /// Up to the first empty line.
  private static func headerLength(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      if index == start || (index == start + 1 && bytes[start] == UInt8(ascii: "\r")) { return index }
      start = index + 1
    }
    return bytes.count
  }

  private static func nestedGroups(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var greatest = 0
    var open = 0
    var name: [UInt8] = []
    var state = State.name
    for byte in bytes {
      switch (state, byte) {
      case (_, UInt8(ascii: "\n")): state = state == .addresses ? .addressesOrName : .name
      case (.addressesOrName, 0x20), (.addressesOrName, 0x09), (.addressesOrName, 0x0D): state = .addresses
      case (.addresses, UInt8(ascii: ":")):
        open += 1
        greatest = max(greatest, open)
      case (.addresses, UInt8(ascii: ";")): open = 0
      case (.addresses, _), (.text, _): break
      case (.name, UInt8(ascii: ":")):
        state = fields.contains(name) ? .addresses : .text
        open = 0
        name = []
      case (.name, 0x20), (.name, 0x09), (.name, 0x0D): break
      case (.addressesOrName, _):
        state = .name
        name = [byte | 0x20]
      case (.name, _):
        name.append(byte | 0x20)
        if name.count > 16 { state = .text }
      }
      if state == .text || byte == UInt8(ascii: "\n") { name = [] }
    }
    return greatest
  }

  private enum State { case name, addresses, addressesOrName, text }

  /// Those that the parser reads as addresses.
  private static let fields: Set<[UInt8]> = Set(
    ["from", "sender", "reply-to", "to", "cc", "bcc"].flatMap {
      [Array($0.utf8), Array("resent-\($0)".utf8)]
    })

  /// Without regard to case.
  private static func occurrences(of word: [UInt8], in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 0
    var matched = 0
    for byte in bytes {
      let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
      matched = lower == word[matched] ? matched + 1 : lower == word[0] ? 1 : 0
      if matched == word.count {
        count += 1
        matched = 0
      }
    }
    return count
  }
}
