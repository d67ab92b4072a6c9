import FoundationEssentials
import JSON

extension JSONValue {
  /// A time in seconds since 1970, as text or number; nil when it is after the year 9999.
  var epochSeconds: Date? {
    guard let seconds = string.flatMap({ Int64($0) }) ?? int, (0...253_402_300_799).contains(seconds) else {
      return nil
    }
    return Date(timeIntervalSince1970: Double(seconds))
  }
}
