import Foundation
import Hummingbird

/// A span of whole days (UTC), both ends included; at most 366 of them.
struct DayRange: Sendable {
  static let maximumDays = 366
  let from: Date
  let to: Date

  /// `from` and `to` as `YYYY-MM-DD`; without them the 30 days up to `today`.
  init(_ request: Request, today: Date) throws(Problem) {
    let to = try Self.day(request.query("to"), "to") ?? Self.midnight(today)
    let from = try Self.day(request.query("from"), "from") ?? to.addingTimeInterval(-29 * 86_400)
    let days = Int(to.timeIntervalSince(from) / 86_400) + 1
    guard (1...Self.maximumDays).contains(days) else {
      throw Problem(.invalidParameter, "from must be 0 to \(Self.maximumDays - 1) days before to")
    }
    self.from = from
    self.to = to
  }

  private static func midnight(_ date: Date) -> Date {
    Date(timeIntervalSince1970: (date.timeIntervalSince1970 / 86_400).rounded(.down) * 86_400)
  }

  private static func day(_ text: String?, _ name: String) throws(Problem) -> Date? {
    guard let text else { return nil }
    let style = Date.ISO8601FormatStyle().year().month().day()
    guard text.utf8.count == 10, let date = try? Date(text, strategy: style), style.format(date) == text
    else {
      throw Problem(.invalidParameter, "\(name) is not a day as YYYY-MM-DD")
    }
    return date
  }
}
