/// A text as Telegram shows it: runs of characters, each within the tags that mark it (Bot API, "HTML
/// style").
struct TelegramText: Equatable {
  /// One element. Two runs with the same are within the same one.
  struct Tag: Equatable {
    let id: Int
    let open: String
    let close: String

    static func == (one: Tag, other: Tag) -> Bool { one.id == other.id }
  }

  struct Run: Equatable {
    var text: String
    /// From the outermost on.
    var tags: [Tag]
  }

  /// The longest HTML that Telegram reads, in bytes; what it shows is limited apart.
  static let maximumBytes = 32 << 10

  var runs: [Run] = []

  var plain: String { runs.map(\.text).joined() }

  /// The text in parts of at most `limit` UTF-16 units as shown, each whole HTML; cut as `TextParts.split`
  /// does.
  func parts(limit: Int, maximumParts: Int) -> [String]? {
    let plain = plain
    guard let texts = TextParts.split(plain, limit: limit, maximumParts: maximumParts) else { return nil }
    var start = plain.startIndex
    return texts.map { text in
      start = plain[start...].firstIndex { !$0.isWhitespace } ?? plain.endIndex
      let end = plain.utf16.index(start, offsetBy: text.utf16.count)
      let units = plain.utf16
      defer { start = end }
      return html(
        from: units.distance(from: units.startIndex, to: start),
        to: units.distance(from: units.startIndex, to: end))
    }
  }

  /// In UTF-16 units of what is shown. Without its marks where they would be longer than Telegram reads.
  private func html(from start: Int, to end: Int) -> String {
    var cut: [Run] = []
    var position = 0
    for run in runs {
      let units = run.text.utf16
      let from = max(start - position, 0)
      let to = min(end - position, units.count)
      if from < to {
        let range =
          units.index(units.startIndex, offsetBy: from)..<units.index(units.startIndex, offsetBy: to)
        cut.append(Run(text: String(run.text[range]), tags: run.tags))
      }
      position += units.count
    }
    let html = Self.html(cut)
    return html.utf8.count <= Self.maximumBytes ? html : cut.map { Self.escaped($0.text) }.joined()
  }

  private static func html(_ runs: [Run]) -> String {
    var html = ""
    var open: [Tag] = []
    for run in runs {
      let common = zip(open, run.tags).prefix { $0 == $1 }.count
      for tag in open[common...].reversed() { html += tag.close }
      for tag in run.tags[common...] { html += tag.open }
      html += escaped(run.text)
      open = run.tags
    }
    for tag in open.reversed() { html += tag.close }
    return html
  }

  /// Also for the value of an attribute in double quotes.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
