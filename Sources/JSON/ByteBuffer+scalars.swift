import FoundationEssentials

/// Scalars as JSON text.
extension ByteBuffer {
  mutating func write(_ value: Bool) {
    if value { append("true") } else { append("false") }
  }

  mutating func write(_ value: some FixedWidthInteger) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = UInt64(value.magnitude)
    // The greatest UInt64 has 20 digits.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var first = 20
      repeat {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        first -= 1
        digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
        rest = quotient
      } while rest > 0
      append(UnsafeBufferPointer(rebasing: digits[first...]))
    }
  }

  /// The shortest text that reads back as the same number, with a fraction or an exponent. False for NaN and
  /// the infinities, which JSON has no text for.
  mutating func write<Number: BinaryFloatingPoint & CustomStringConvertible>(_ value: Number) -> Bool {
    guard value.isFinite else { return false }
    var text = value.description
    text.withUTF8 { append($0) }
    return true
  }

  mutating func write(_ value: UUID) {
    append(UInt8(ascii: "\""))
    UUIDText.write(value, to: room(UUIDText.count))
    wrote(UUIDText.count)
    append(UInt8(ascii: "\""))
  }

  /// False for a year that has no four digits.
  mutating func write(_ value: Date) -> Bool {
    append(UInt8(ascii: "\""))
    guard TimeText.write(value, to: room(TimeText.count)) else {
      truncate(to: count - 1)
      return false
    }
    wrote(TimeText.count)
    append(UInt8(ascii: "\""))
    return true
  }
}
