/// Writes numbers in little endian, and arrays behind their length.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func write<Number: FixedWidthInteger>(_ number: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }

  mutating func write(_ number: Float) { write(number.bitPattern) }

  mutating func write(_ string: [UInt8]) {
    write(UInt32(string.count))
    bytes += string
  }
}

/// Reads what `ByteWriter` wrote, and nothing beyond the end: sizes are checked before anything is made of them.
struct ByteReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  private mutating func take(_ count: Int) throws(IntentModelError) -> Range<Int> {
    guard count >= 0, bytes.count - place >= count else { throw .malformed }
    defer { place += count }
    return place..<(place + count)
  }

  private mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(IntentModelError) -> Number {
    var number: Number = 0
    for (index, byte) in bytes[try take(Number.bitWidth / 8)].enumerated() {
      number |= Number(truncatingIfNeeded: byte) << Number(index * 8)
    }
    return number
  }

  mutating func uint32() throws(IntentModelError) -> UInt32 { try number(UInt32.self) }
  mutating func uint64() throws(IntentModelError) -> UInt64 { try number(UInt64.self) }

  /// Only numbers that are numbers.
  mutating func float() throws(IntentModelError) -> Float {
    let float = Float(bitPattern: try number(UInt32.self))
    guard float.isFinite else { throw .malformed }
    return float
  }

  mutating func count(atMost bound: Int) throws(IntentModelError) -> Int {
    let count = Int(try uint32())
    guard count <= bound else { throw .malformed }
    return count
  }

  mutating func string() throws(IntentModelError) -> String {
    let range = try take(count(atMost: 1_000))
    guard let string = String(validating: bytes[range], as: UTF8.self) else { throw .malformed }
    return string
  }

  mutating func floats(_ count: Int) throws(IntentModelError) -> [Float] {
    guard bytes.count - place >= count * 4 else { throw .malformed }
    var floats: [Float] = []
    floats.reserveCapacity(count)
    for _ in 0..<count { floats.append(try float()) }
    return floats
  }

  mutating func lanes(_ count: Int) throws(IntentModelError) -> [Lanes] {
    let floats = try floats(count * Lanes.scalarCount)
    return (0..<count).map { number in
      var lanes = Lanes()
      for lane in 0..<Lanes.scalarCount { lanes[lane] = floats[number * Lanes.scalarCount + lane] }
      return lanes
    }
  }

  mutating func byteLanes(_ count: Int) throws(IntentModelError) -> [SIMD16<Int8>] {
    let start = try take(count * 16).lowerBound
    return (0..<count).map { number in
      var lanes = SIMD16<Int8>()
      for lane in 0..<16 { lanes[lane] = Int8(bitPattern: bytes[start + number * 16 + lane]) }
      return lanes
    }
  }
}
