/// W3C Trace Context, "traceparent Header": version, trace id, parent id and flags in lower-case hexadecimal.
enum TraceParent {
  /// The header's value when it is one of version 00 whose ids are not all zero.
  static func valid(_ text: String?) -> String? {
    guard let text, text.utf8.count == 55 else { return nil }
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [2, 32, 16, 2], parts[0].elementsEqual("00".utf8),
      parts.allSatisfy({ $0.allSatisfy(isHexadecimal) }),
      parts[1].contains(where: { $0 != zero }), parts[2].contains(where: { $0 != zero })
    else { return nil }
    return text
  }

  static func fresh(using random: inout some RandomNumberGenerator) -> String {
    func digits(_ value: UInt64) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    func word() -> UInt64 { UInt64.random(in: 1...UInt64.max, using: &random) }
    return "00-\(digits(word()))\(digits(word()))-\(digits(word()))-01"
  }

  private static let zero = UInt8(ascii: "0")

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}
