import JSON

/// What Telegram marks in a text (Bot API, "MessageEntity"): offsets and lengths are in UTF-16 units.
struct TelegramEntities {
  private let text: String
  private let entities: [JSONValue]

  init(_ text: String, _ entities: JSONValue?) {
    self.text = text
    self.entities = entities?.array ?? []
  }

  /// The text, each address that hides behind words written after them: `here (https://a.example)`.
  var readable: String {
    var insertions: [(at: String.Index, address: String)] = []
    for entity in entities where entity["type"]?.string == "text_link" {
      guard let range = range(entity), let address = Bounded.text(entity["url"]?.string),
        text[range] != address
      else { continue }
      insertions.append((range.upperBound, address))
    }
    if insertions.isEmpty { return text }
    var readable = ""
    var written = text.startIndex
    for (at, address) in insertions.sorted(by: { $0.at < $1.at }) {
      readable += text[written..<at] + " (\(address))"
      written = at
    }
    return readable + text[written...]
  }

  func mentions(_ bot: TelegramBot) -> Bool {
    entities.contains { entity in
      switch entity["type"]?.string {
      case "mention": range(entity).map { bot.isCalled(text[$0].dropFirst()) } ?? false
      case "bot_command":
        range(entity).flatMap { TelegramCommand(String(text[$0]))?.bot }.map { bot.isCalled($0) } ?? false
      case "text_mention": bot.id != nil && entity["user"]?["id"]?.int == bot.id
      default: false
      }
    }
  }

  /// nil for what is not wholly in the text, or cuts a code point in two.
  private func range(_ entity: JSONValue) -> Range<String.Index>? {
    let units = text.utf16
    guard let offset = entity["offset"]?.int, let length = entity["length"]?.int, offset >= 0, length > 0,
      offset <= units.count, length <= Int64(units.count) - offset
    else { return nil }
    let start = units.index(units.startIndex, offsetBy: Int(offset))
    let end = units.index(start, offsetBy: Int(length))
    guard let start = start.samePosition(in: text.unicodeScalars),
      let end = end.samePosition(in: text.unicodeScalars)
    else { return nil }
    return start..<end
  }
}
