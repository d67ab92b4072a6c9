import Contracts
import Foundation

/// Whether anybody is there.
package struct OpeningTimes: Sendable {
  private let calendar: Calendar
  private let hours: BusinessHours

  /// Nil when the time zone is not known here.
  package init?(_ hours: BusinessHours) {
    guard let zone = TimeZone(identifier: hours.timeZone) else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    self.calendar = calendar
    self.hours = hours
  }

  package func isOpen(at date: Date) -> Bool {
    let minute = calendar.component(.hour, from: date) * 60 + calendar.component(.minute, from: date)
    return spans(on: date).contains { $0.from <= minute && minute < $0.to }
  }

  /// The first time after `date` at which somebody comes; nil when that is more than four weeks off.
  package func opens(after date: Date) -> Date? {
    for day in 0...28 {
      guard let noon = calendar.date(byAdding: .day, value: day, to: calendar.startOfDay(for: date)) else {
        continue
      }
      let opening = spans(on: noon).map(\.from).sorted().lazy.compactMap { minute in
        calendar.date(bySettingHour: minute / 60, minute: minute % 60, second: 0, of: noon)
      }.first { $0 > date }
      if let opening { return opening }
    }
    return nil
  }

  private func spans(on date: Date) -> [(from: Int, to: Int)] {
    let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
    guard let year = parts.year, let month = parts.month, let day = parts.day, let weekday = parts.weekday
    else {
      return []
    }
    let name = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    guard hours.closedOn?.contains(name) != true else { return [] }
    // Foundation counts from Sunday.
    let isoDay = (weekday + 5) % 7 + 1
    return hours.open.filter { $0.day == isoDay }.compactMap { span in
      guard let from = Self.minute(span.from), let to = Self.minute(span.to) else { return nil }
      return (from, to)
    }
  }

  /// Minutes since midnight of `09:30`; nil for anything else.
  package static func minute(_ text: String) -> Int? {
    let digits = Array(text.utf8)
    guard digits.count == 5, digits[2] == UInt8(ascii: ":"), let hour = Int(text.prefix(2)),
      let minute = Int(text.suffix(2)), (0...59).contains(minute), (0...24).contains(hour),
      hour < 24 || minute == 0, digits.allSatisfy({ (48...58).contains($0) })
    else { return nil }
    return hour * 60 + minute
  }

  private func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
