import FoundationEssentials
import JSON

extension JSONValue {
  /// An id, which Meta writes as text in one place and as a number in another.
  var messengerID: String? { Bounded.identifier(string ?? int?.description) }

  /// A time in milliseconds since 1970, as number or text; nil when it is after the year 9999. Some events have
  /// seconds: what would be before 1973 is one of these.
  var messengerTime: Date? {
    guard let count = int ?? string.flatMap({ Int64($0) }), (1...253_402_300_799_999).contains(count) else {
      return nil
    }
    return Date(timeIntervalSince1970: count < 100_000_000_000 ? Double(count) : Double(count) / 1_000)
  }

  /// Its JSON.
  var serializedText: String { String(decoding: serialized(), as: UTF8.self) }
}
