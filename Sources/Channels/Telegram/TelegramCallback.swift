import Contracts
import JSON

/// A button under a message of the bot that was chosen (Bot API, "CallbackQuery").
///
/// A message with the button's title and data, as an answer to the one that the button is under. Telegram
/// gives no time of it. The contact's client waits until `show(.read)` of it answers the query.
enum TelegramCallback {
  static func item(_ query: JSONValue) -> InboundItem {
    guard query["inline_message_id"] == nil else { return .other(kind: "callback_query.inline") }
    guard query["game_short_name"] == nil else { return .other(kind: "callback_query.game") }
    guard let id = id(query["id"]?.string), let user = query["from"]?["id"]?.int,
      let message = query["message"],
      let number = message["message_id"]?.int, let place = TelegramMessage.place(of: message),
      let data = Bounded.text(query["data"]?.string)
    else { return .other(kind: "malformed") }
    return .message(
      InboundMessage(
        providerID: "\(place.message(number))\(mark)\(id)",
        origin: InboundOrigin(
          address: "\(user)", name: TelegramName.of(query["from"]),
          thread: TelegramMessage.isPrivate(message) && place.business == nil && place.topic == nil
            ? nil : place.thread, time: nil),
        content: InboundContent(
          .text, text: title(of: data, in: message) ?? data, payload: data, replyTo: place.message(number))))
  }

  /// The query that a provider id names, if it is a button's.
  static func query(of providerID: String) -> String? {
    guard let found = providerID.firstRange(of: mark) else { return nil }
    return id(String(providerID[found.upperBound...]))
  }

  private static let mark = "/callback/"

  private static func id(_ text: String?) -> String? {
    guard let text = Bounded.identifier(text), text.utf8.count <= 128 else { return nil }
    return text
  }

  private static func title(of data: String, in message: JSONValue) -> String? {
    for row in message["reply_markup"]?["inline_keyboard"]?.array ?? [] {
      for button in row.array ?? [] where button["callback_data"]?.string == data {
        return Bounded.text(button["text"]?.string)
      }
    }
    return nil
  }
}
