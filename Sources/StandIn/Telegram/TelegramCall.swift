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
      guard hasFile else { throw TelegramRefused(400, "Bad Request: there is no \(type) in the request") }
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

  /// "sendChatAction" and the like: what of them must be there.
  static func check(signal method: String, _ fields: [String: String]) throws(TelegramRefused) {
    switch method {
    case "sendChatAction":
      guard let chat = fields["chat_id"], Int64(chat) ?? 0 != 0 else {
        throw TelegramRefused(400, "Bad Request: chat_id is empty")
      }
      let actions = [
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
      ]
      guard let action = fields["action"], actions.contains(action) else {
        throw TelegramRefused(400, "Bad Request: wrong parameter action in request")
      }
    case "answerCallbackQuery":
      guard fields["callback_query_id"]?.isEmpty == false else {
        throw TelegramRefused(
          400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
      }
    default:
      guard fields["business_connection_id"]?.isEmpty == false, fields["chat_id"] != nil,
        fields["message_id"] != nil
      else { throw TelegramRefused(400, "Bad Request: message to read not found") }
    }
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
    let buttons = keyboard.flatMap { $0.array ?? [] }
    guard buttons.count <= 100, keyboard.allSatisfy({ (1...8).contains($0.array?.count ?? 0) }) else {
      throw TelegramRefused(400, "Bad Request: reply markup is too long")
    }
    for button in buttons {
      guard button["text"]?.string?.isEmpty == false, let data = button["callback_data"]?.string,
        (1...64).contains(data.utf8.count)
      else { throw TelegramRefused(400, "Bad Request: BUTTON_DATA_INVALID") }
    }
  }
}

extension TelegramRefused {
  /// One that the faults asked for, in the words that the Bot API has for it.
  init(fault code: Int) {
    let words =
      switch code {
      case 400: "Bad Request: chat not found"
      case 401: "Unauthorized"
      case 403: "Forbidden: bot was blocked by the user"
      case 404: "Not Found"
      case 409:
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
      case 413: "Request Entity Too Large"
      case 429: "Too Many Requests: retry after 1"
      case 502: "Bad Gateway"
      default: code < 500 ? "Bad Request" : "Internal Server Error"
      }
    self.init(code, words)
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
