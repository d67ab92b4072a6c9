import FoundationEssentials

extension Date {
  /// Bytes of the text of a date.
  package static var textCount: Int { TimeText.count }

  /// Writes `textCount` bytes, as in `2026-11-22T17:45:44.123Z`, rounded to the nearest millisecond; false, and nothing
  /// said of the bytes, for a year that has no four digits.
  package func writeText(to text: UnsafeMutablePointer<UInt8>) -> Bool { TimeText.write(self, to: text) }
}
