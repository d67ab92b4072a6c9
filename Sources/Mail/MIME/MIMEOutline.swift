import Glibc

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

  init(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBufferPointer { bytes in
      boundaryNames = Self.occurrences(of: Array("boundary".utf8), in: bytes)
      read(bytes)
    }
    if boundaryNames == 0 { boundaryLines = 0 }
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

  // MARK: Lines

  /// Looks at the first bytes of each line, and at all of those that hold addresses.
  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    headerBytes = bytes.count
    var isInHeader = true
    var isInAddresses = false
    var open = 0
    var start = 0
    while start < bytes.count {
      let end = Self.lineEnd(bytes, from: start)
      let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
      if isInHeader, line.isEmpty || line.count == 1 && line[0] == UInt8(ascii: "\r") {
        isInHeader = false
        headerBytes = end
      }
      if start > 0, line.count > 1, line[0] == Self.dash, line[1] == Self.dash { boundaryLines += 1 }
      if isInAddresses, let first = line.first, Self.isBlank(first) {
        count(line, &open)
      } else if let name = Self.addressFieldLength(line) {
        isInAddresses = true
        open = 0
        count(UnsafeBufferPointer(rebasing: line[name...]), &open)
      } else {
        isInAddresses = false
      }
      start = end + 1
    }
  }

  private mutating func count(_ addresses: UnsafeBufferPointer<UInt8>, _ open: inout Int) {
    for byte in addresses {
      if byte == UInt8(ascii: ";") { open = 0 }
      guard byte == UInt8(ascii: ":") else { continue }
      open += 1
      nestedGroups = max(nestedGroups, open)
    }
  }

  private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let base = bytes.baseAddress,
      let end = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
    else { return bytes.count }
    return UnsafeRawPointer(end) - UnsafeRawPointer(base)
  }

  /// The length of a field's name with its colon, where the parser reads the field as addresses.
  private static func addressFieldLength(_ line: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let first = line.first(where: { !Self.isBlank($0) }), mayBeginAddressField(first),
      let colon = line.prefix(40).firstIndex(of: UInt8(ascii: ":"))
    else { return nil }
    let name = line[..<colon].filter { !Self.isBlank($0) }.map { $0 | 0x20 }
    return fields.contains(name) ? colon + 1 : nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  private static func mayBeginAddressField(_ byte: UInt8) -> Bool {
    switch byte | 0x20 {
    case UInt8(ascii: "f"), UInt8(ascii: "s"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "c"),
      UInt8(ascii: "b"):
      true
    default: false
    }
  }

  private static let dash = UInt8(ascii: "-")

  /// Those that the parser reads as addresses.
  private static let fields: Set<[UInt8]> = Set(
    ["from", "sender", "reply-to", "to", "cc", "bcc"].flatMap {
      [Array($0.utf8), Array("resent-\($0)".utf8)]
    })

  /// Without regard to case. Of eight places at once it is asked whether the first and the last letter are there.
  /// - Parameter word: in lower case.
  private static func occurrences(of word: [UInt8], in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    guard let first = word.first, let last = word.last, let base = UnsafeRawPointer(bytes.baseAddress) else {
      return 0
    }
    let firsts = eight(first)
    let lasts = eight(last)
    let places = bytes.count - word.count + 1
    var count = 0
    var place = 0
    while place < places {
      if place + 8 <= places {
        let starts = base.loadUnaligned(fromByteOffset: place, as: UInt64.self) | eight(0x20)
        let ends = base.loadUnaligned(fromByteOffset: place + word.count - 1, as: UInt64.self) | eight(0x20)
        let differences = (starts ^ firsts) | (ends ^ lasts)
        // Whether none of the eight bytes is zero.
        if (differences &- eight(0x01)) & ~differences & eight(0x80) == 0 {
          place += 8
          continue
        }
      }
      if word.indices.allSatisfy({ word[$0] == bytes[place + $0] | 0x20 }) { count += 1 }
      place += 1
    }
    return count
  }

  private static func eight(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
}
