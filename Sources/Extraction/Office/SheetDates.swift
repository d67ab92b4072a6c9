import Foundation

/// Which cells are dates: a workbook keeps them as numbers of days (section 18.17.4), and only their format
/// tells.
struct SheetDates {
  /// By number of the cell format.
  private var isDate: [Bool] = []

  init() {}

  init(_ package: OfficePackage, _ part: String) throws {
    var custom: [Int: Bool] = [:]
    var isDate: [Bool] = []
    var isCellFormat = false
    try package.readXML(part) { node in
      switch node {
      case .open("numFmt", let attributes):
        if let id = attributes["numFmtId"].flatMap({ Int($0) }), let code = attributes["formatCode"] {
          custom[id] = Self.says(code)
        }
      case .open("cellXfs", _): isCellFormat = true
      case .close("cellXfs"): isCellFormat = false
      case .open("xf", let attributes):
        guard isCellFormat else { break }
        let id = attributes["numFmtId"].flatMap { Int($0) } ?? 0
        isDate.append(custom[id] ?? ((14...22).contains(id) || (45...47).contains(id)))
      default: break
      }
    }
    self.isDate = isDate
  }

  /// Whether a format code shows a date, leaving out what it quotes.
  private static func says(_ code: String) -> Bool {
    var isQuoted = false
    for character in code.lowercased() {
      switch character {
      case "\"": isQuoted.toggle()
      case "[": isQuoted = true
      case "]": isQuoted = false
      case "y", "d", "h": if !isQuoted { return true }
      default: break
      }
    }
    return false
  }

  /// ISO 8601; nil when the cell is no date.
  func text(of value: String, style: Int) -> String? {
    guard isDate.indices.contains(style), isDate[style], let days = Double(value), days >= 0, days < 2_958_466
    else { return nil }
    // Day 25,569 is 1970-01-01; the calendar has a 29 February 1900, which nobody dates by.
    let date = Date(timeIntervalSince1970: ((days - 25_569) * 86_400).rounded())
    let parts = Calendar.utc.dateComponents([.year, .month, .day, .hour, .minute], from: date)
    let day = String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
    let time = String(format: "%02d:%02d", parts.hour ?? 0, parts.minute ?? 0)
    if days < 1 { return time }
    return days == days.rounded() ? day : "\(day) \(time)"
  }
}

extension Calendar {
  fileprivate static let utc: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
    return calendar
  }()
}
