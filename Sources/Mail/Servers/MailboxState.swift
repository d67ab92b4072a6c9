import Foundation

/// What a server says of a mailbox when it is selected (RFC 9051, section 6.3.2).
struct MailboxState: Equatable {
  let validity: UInt32
  /// The least number that the next message can have.
  let nextUID: UInt32

  init?(_ lines: [String]) {
    guard let validity = Self.number("UIDVALIDITY", in: lines), let next = Self.number("UIDNEXT", in: lines),
      next > 0
    else { return nil }
    self.validity = validity
    nextUID = next
  }

  private static func number(_ name: String, in lines: [String]) -> UInt32? {
    for line in lines.reversed() where line.hasPrefix("* OK [\(name) ") {
      return UInt32(line.dropFirst("* OK [\(name) ".count).prefix { $0.isNumber })
    }
    return nil
  }
}

/// A message's number, size and arrival, from a line such as
/// `* 3 FETCH (UID 7 RFC822.SIZE 4711 INTERNALDATE "17-Jul-1996 02:44:25 -0700")`.
struct MailboxEntry: Equatable {
  let uid: UInt32
  let bytes: Int
  /// When the server got it; nil when it says nothing that can be read.
  let arrival: Date?

  init?(_ line: String) {
    let words = line.split { " ()".contains($0) }
    guard words.count >= 3, words[0] == "*", words[2] == "FETCH",
      let uid = Self.value("UID", in: words).flatMap({ UInt32($0) }),
      let bytes = Self.value("RFC822.SIZE", in: words).flatMap({ Int($0) })
    else { return nil }
    self.uid = uid
    self.bytes = bytes
    arrival = line.range(of: "INTERNALDATE \"").flatMap { range in
      IMAPDate.date(line[range.upperBound...].prefix { $0 != "\"" })
    }
  }

  private static func value(_ name: Substring, in words: [Substring]) -> Substring? {
    guard let index = words.firstIndex(of: name), index + 1 < words.count else { return nil }
    return words[index + 1]
  }
}

/// Dates as IMAP writes them (RFC 9051, section 9, `date-time` and `date`).
enum IMAPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `17-Jul-1996 02:44:25 -0700`, a day of one digit with a blank before it.
  static func date(_ text: Substring) -> Date? {
    let words = text.split(separator: " ")
    guard words.count == 3 else { return nil }
    let day = words[0].split(separator: "-")
    let time = words[1].split(separator: ":").compactMap { Int($0) }
    guard day.count == 3, let month = months.firstIndex(of: String(day[1])), let number = Int(day[0]),
      let year = Int(day[2]), time.count == 3, let zone = Int(words[2]), abs(zone) <= 1_400
    else { return nil }
    let parts = DateComponents(
      timeZone: .gmt, year: year, month: month + 1, day: number, hour: time[0], minute: time[1],
      second: time[2])
    let offset = (zone / 100) * 3_600 + (zone % 100) * 60
    return Calendar(identifier: .gregorian).date(from: parts)?.addingTimeInterval(TimeInterval(-offset))
  }

  /// `17-Jul-1996`, the day in UTC.
  static func day(_ date: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents([.year, .month, .day], from: date)
    return "\(parts.day ?? 1)-\(months[(parts.month ?? 1) - 1])-\(parts.year ?? 1970)"
  }
}
