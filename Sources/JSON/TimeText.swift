import FoundationEssentials

/// Dates as text (RFC 3339, section 5.6): read with any offset and up to nine digits of a second's fraction,
/// written in UTC with milliseconds, as in `2026-11-22T17:45:44.123Z`. Years 0000 to 9999; leap seconds are
/// refused.
enum TimeText {
  static let count = 24
  private static let secondsToReference = 978_307_200
  private static let millisecondsPerDay = 86_400_000

  static func date(_ text: UnsafeBufferPointer<UInt8>) -> Date? {
    var reader = DigitReader(text)
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
      let day = reader.number(2), reader.skip("Tt"), let hour = reader.number(2), reader.skip(":"),
      let minute = reader.number(2), reader.skip(":"), let second = reader.number(2),
      let nanoseconds = reader.fraction(), let offset = reader.zone(), reader.isAtEnd,
      1...12 ~= month, 1...daysIn(month, year) ~= day, hour < 24, minute < 60, second < 60
    else { return nil }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return Date(
      timeIntervalSinceReferenceDate: Double(seconds - secondsToReference) + Double(nanoseconds) / 1e9
    )
  }

  /// Writes 24 bytes, rounded to the nearest millisecond; false for a year that has no four digits.
  static func write(_ date: Date, to text: UnsafeMutablePointer<UInt8>) -> Bool {
    let interval = (date.timeIntervalSinceReferenceDate * 1000).rounded()
    guard interval.magnitude < 1e15 else { return false }
    let milliseconds = Int(interval) + secondsToReference * 1000
    var (days, rest) = milliseconds.quotientAndRemainder(dividingBy: millisecondsPerDay)
    if rest < 0 { (days, rest) = (days - 1, rest + millisecondsPerDay) }
    let (year, month, day) = civil(days)
    guard 0...9999 ~= year else { return false }
    var at = 0
    func put(_ number: Int, _ digits: Int, _ separator: Unicode.Scalar) {
      var rest = number
      for place in (at..<at + digits).reversed() {
        text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      }
      text[at + digits] = UInt8(ascii: separator)
      at += digits + 1
    }
    put(year, 4, "-")
    put(month, 2, "-")
    put(day, 2, "T")
    put(rest / 3_600_000, 2, ":")
    put(rest / 60_000 % 60, 2, ":")
    put(rest / 1000 % 60, 2, ".")
    put(rest % 1000, 3, "Z")
    return true
  }

  private static func daysIn(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days in the Gregorian calendar since 1970-01-01. Years are counted from March, so that the leap day
  /// comes last, in spans of 400 years, which are 146,097 days each.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let marchYear = (month > 2 ? year : year - 1) + 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear
      - (146_097 + 719_468)
  }

  /// The inverse of `days`.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let span = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfSpan = shifted - span * 146_097
    let yearOfSpan = (dayOfSpan - dayOfSpan / 1460 + dayOfSpan / 36_524 - dayOfSpan / 146_096) / 365
    let dayOfYear = dayOfSpan - (365 * yearOfSpan + yearOfSpan / 4 - yearOfSpan / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (
      span * 400 + yearOfSpan + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1
    )
  }
}
