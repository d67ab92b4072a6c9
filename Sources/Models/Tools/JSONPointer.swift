/// Where in a JSON text a value stands (RFC 6901), in UTF-8: pointers that only look the same are two.
struct JSONPointer: Hashable {
  private var bytes: [UInt8]

  /// - Parameter text: empty for the whole.
  init(_ text: String) { bytes = Array(text.utf8) }

  /// To a member, or to an element by its index.
  func appending(_ name: String) -> JSONPointer {
    var longer = self
    longer.bytes.append(UInt8(ascii: "/"))
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "~"): longer.bytes += "~0".utf8
      case UInt8(ascii: "/"): longer.bytes += "~1".utf8
      default: longer.bytes.append(byte)
      }
    }
    return longer
  }
}
