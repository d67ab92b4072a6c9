import JSON

/// The body of a call of the Bot API that sends, checked as the API's reference has it. Values may be JSON or the text
/// of a form's field.
struct TelegramCall {
  /// What is sent, and the field that holds it.
  static let files = [
    "sendPhoto": "photo", "sendDocument": "document", "sendAudio": "audio", "sendVoice": "voice",
    "sendVideo": "video", "sendSticker": "sticker",
  ]
  private static let longest = (text: 4_096, caption: 1_024)

  let message: TakenMessage

  init(_ method: String, _ fields: [String: String], hasFile: Bool, account: String) throws(TelegramRefused) {
    guard let chat = fields["chat_id"], Int64(chat) ?? 0 != 0 else {
      throw TelegramRefused(400, "Bad Request: chat_id is empty")
    }
    let text: String
    let type: String
    switch method {
    case "sendMessage":
      (text, type) = (fields["text"] ?? "", "text")
      guard !Self.plain(text).allSatisfy(\.isWhitespace) else {
        throw TelegramRefused(400, "Bad Request: message text is empty")
      }
      guard Self.plain(text).utf16.count <= Self.longest.text else {
        throw TelegramRefused(400, "Bad Request: message is too long")
      }
    case "sendLocation", "sendVenue", "sendContact":
      (text, type) = try Self.card(method, fields)
    default:
      (text, type) = (fields["caption"] ?? "", Self.files[method] ?? "file")
      guard hasFile else { throw TelegramRefused(400, "Bad Request: there is no \(type)") }
      guard Self.plain(text).utf16.count <= Self.longest.caption else {
        throw TelegramRefused(400, "Bad Request: message caption is too long")
      }
    }
    if fields["parse_mode"] == "HTML", text.count(where: { $0 == "<" }) != text.count(where: { $0 == ">" }) {
      throw TelegramRefused(400, "Bad Request: can't parse entities: unclosed start tag")
    }
    try Self.check(fields["reply_markup"])
    var quoted: String?
    if let parameters = fields["reply_parameters"] {
      guard let number = (try? JSONValue(parsing: Array(parameters.utf8)))?["message_id"]?.int else {
        throw TelegramRefused(400, "Bad Request: can't parse reply parameters")
      }
      quoted = "\(number)"
    }
    message = TakenMessage(
      platform: "telegram", account: account, recipient: chat, text: text,
      type: type, object: nil, quoted: quoted, callbackData: nil)
  }

  /// Counted with its marks, which is never less than what the API counts.
  private static func plain(_ text: String) -> String { text.replacing(/<[^>]*>/, with: "") }

  /// "sendLocation", "sendVenue" and "sendContact": what of them must be there, and what is shown.
  private static func card(
    _ method: String, _ fields: [String: String]
  ) throws(TelegramRefused) -> (text: String, type: String) {
    func needed(_ name: String) throws(TelegramRefused) -> String {
      guard let value = fields[name], !value.isEmpty else {
        throw TelegramRefused(400, "Bad Request: parameter \"\(name)\" is required")
      }
      return value
    }
    if method == "sendContact" {
      let (phone, name) = (try needed("phone_number"), try needed("first_name"))
      guard (fields["vcard"] ?? "").utf8.count <= 2_048 else {
        throw TelegramRefused(400, "Bad Request: vCard is too long")
      }
      return ("\(name), \(phone)", "contact")
    }
    let (latitude, longitude) = (try needed("latitude"), try needed("longitude"))
    guard let north = Double(latitude), let east = Double(longitude), abs(north) <= 90, abs(east) <= 180
    else {
      throw TelegramRefused(400, "Bad Request: wrong location specified")
    }
    guard method == "sendVenue" else { return ("\(latitude), \(longitude)", "location") }
    return ("\(try needed("title")), \(try needed("address"))", "venue")
  }

  /// "InlineKeyboardMarkup": a title, and at most 64 bytes of data, for each button.
  private static func check(_ markup: String?) throws(TelegramRefused) {
    guard let markup else { return }
    guard let keyboard = (try? JSONValue(parsing: Array(markup.utf8)))?["inline_keyboard"]?.array else {
      throw TelegramRefused(400, "Bad Request: can't parse reply keyboard markup JSON object")
    }
    for button in keyboard.flatMap({ $0.array ?? [] }) {
      guard button["text"]?.string?.isEmpty == false, let data = button["callback_data"]?.string,
        (1...64).contains(data.utf8.count)
      else { throw TelegramRefused(400, "Bad Request: BUTTON_DATA_INVALID") }
    }
  }
}

/// A call that was not done, as the Bot API says it ("Making requests").
struct TelegramRefused: Error, Encodable {
  struct Parameters: Encodable { let retry_after: Int }
  let ok = false
  let error_code: Int
  let description: String
  let parameters: Parameters?

  init(_ code: Int, _ description: String) {
    error_code = code
    self.description = description
    // "FAQ, My bot is hitting limits": the wait is named.
    parameters = code == 429 ? Parameters(retry_after: 1) : nil
  }
}
