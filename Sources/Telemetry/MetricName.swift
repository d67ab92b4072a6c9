/// Prometheus, "Data model", "Metric names and labels".
enum MetricName {
  static func isMetric(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first) || first == colon else { return false }
    return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == colon }
  }

  /// `le` belongs to histograms, and what starts with two underscores to Prometheus itself.
  static func isLabel(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first), name != "le", !name.hasPrefix("__") else {
      return false
    }
    return name.utf8.allSatisfy { isLetter($0) || isDigit($0) }
  }

  private static let colon = UInt8(ascii: ":")

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
