import Foundation

extension [UInt8] {
  /// Where `wanted`, which is not empty, first stands. The standard library's `firstRange` looks at each byte by itself.
  package func firstPlace(of wanted: [UInt8]) -> Range<Int>? {
    withUnsafeBytes { bytes in wanted.withUnsafeBytes { bytes.firstPlace(of: $0) } }
  }
}

extension UnsafeRawBufferPointer {
  /// Where `wanted`, which is not empty, first stands. Takes time for each place where its first byte stands.
  func firstPlace(of wanted: UnsafeRawBufferPointer) -> Range<Int>? {
    guard let start = baseAddress, let mark = wanted.baseAddress else { return nil }
    var place = 0
    while place + wanted.count <= count,
      let found = memchr(start + place, Int32(wanted[0]), count - wanted.count - place + 1)
    {
      place = UnsafeRawPointer(found) - start
      if memcmp(found, mark, wanted.count) == 0 { return place..<place + wanted.count }
      place += 1
    }
    return nil
  }
}
