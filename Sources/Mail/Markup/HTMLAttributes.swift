/// The attributes of an element as libxml2 hands them over: name, value, name, value, and a null.
struct HTMLAttributes {
  typealias Pointer = UnsafeMutablePointer<UnsafePointer<UInt8>?>
  private let pairs: Pointer?

  init(_ pairs: Pointer?) { self.pairs = pairs }

  subscript(name: StaticString) -> String? { value(name).map { String(cString: $0) } }

  /// Of the name, as they lie in the parser.
  func bytes(_ name: StaticString) -> UnsafeBufferPointer<UInt8>? {
    guard let start = value(name) else { return nil }
    var end = start
    while end.pointee != 0 { end += 1 }
    return UnsafeBufferPointer(start: start, count: end - start)
  }

  /// Whether the style says `display: none`.
  var hide: Bool {
    guard var byte = value("style") else { return false }
    let wanted: StaticString = "display:none"
    var seen = 0
    while byte.pointee != 0, seen < wanted.utf8CodeUnitCount {
      let lower = (0x41...0x5A).contains(byte.pointee) ? byte.pointee | 0x20 : byte.pointee
      if lower == wanted.utf8Start[seen] {
        seen += 1
      } else if WhiteSpace.isASCII(lower) == false {
        // Its first letter comes but once in it, so that nothing else can be half of it.
        seen = lower == wanted.utf8Start[0] ? 1 : 0
      }
      byte += 1
    }
    return seen == wanted.utf8CodeUnitCount
  }

  /// With a zero behind it. Names are in lower case.
  private func value(_ name: StaticString) -> UnsafePointer<UInt8>? {
    guard var pair = pairs else { return nil }
    while let found = pair[0] {
      if Self.isEqual(found, name) { return pair[1] }
      pair += 2
    }
    return nil
  }

  private static func isEqual(_ found: UnsafePointer<UInt8>, _ name: StaticString) -> Bool {
    for index in 0..<name.utf8CodeUnitCount where found[index] != name.utf8Start[index] { return false }
    return found[name.utf8CodeUnitCount] == 0
  }
}
