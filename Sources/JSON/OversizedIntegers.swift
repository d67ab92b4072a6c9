/// Integers of more digits than 64 bits hold are JSON like any other (RFC 8259, section 6), but simdjson
/// refuses the whole document for one. Written as `…e0`, they are read as the nearest double.
enum OversizedIntegers {
  /// Fewer digits always fit.
  private static let digits = 19
  /// What makes a number no integer.
  private static let fraction = [UInt8](".eE".utf8)
  private static let fractionAndSigns = [UInt8](".eE+-".utf8)

  /// The text with its long integers marked as doubles; nil when it has none.
  static func widened(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var copied = 0
    var at = 0
    while at < text.count {
      if text[at] == UInt8(ascii: "\"") {
        at = endOfString(text, from: at)
        continue
      }
      guard isDigit(text[at]) else {
        at += 1
        continue
      }
      let start = at
      while at < text.count, isDigit(text[at]) { at += 1 }
      let isInteger = at == text.count || !fraction.contains(text[at])
      if isInteger, at - start >= digits, !fits(text, start..<at) {
        result += text[copied..<at]
        result += "e0".utf8
        copied = at
      }
      // The rest of a fraction or exponent is not an integer of its own.
      while at < text.count, isDigit(text[at]) || fractionAndSigns.contains(text[at]) { at += 1 }
    }
    guard copied > 0 else { return nil }
    result += text[copied...]
    return result
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  private static func fits(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count <= 20 else { return false }
    let isNegative = range.lowerBound > 0 && text[range.lowerBound - 1] == UInt8(ascii: "-")
    let number = String(decoding: text[range], as: UTF8.self)
    return isNegative ? Int64("-" + number) != nil : UInt64(number) != nil
  }

  /// The offset after the closing quote.
  private static func endOfString(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var at = start + 1
    while at < text.count, text[at] != UInt8(ascii: "\"") {
      at += text[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(at + 1, text.count)
  }
}
