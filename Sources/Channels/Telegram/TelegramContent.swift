import Contracts
import JSON

/// What a message says (Bot API, "Message").
///
/// Addresses behind words are written out. The JSON is kept of what is not understood, such as polls, games
/// and payments, and of what this has no member for: forwarded messages, quoted parts, answers to other
/// chats.
enum TelegramContent {
  static func content(of message: JSONValue, in place: TelegramPlace) -> InboundContent {
    var content = said(message)
    content.replyTo = TelegramMessage.answered(by: message)?["message_id"]?.int.map(place.message)
    let isMoreThanSaid =
      message["forward_origin"] != nil || message["external_reply"] != nil || message["reply_to_story"] != nil
      || message["quote"]?["is_manual"]?.bool == true
    if content.kind == .unsupported || isMoreThanSaid {
      content.raw = Bounded.text(String(decoding: message.serialized(), as: UTF8.self))
    }
    return content
  }

  private static func said(_ message: JSONValue) -> InboundContent {
    if let text = text(message, "text", "entities") {
      return InboundContent(.text, text: text, referral: referral(text))
    }
    let caption = text(message, "caption", "caption_entities")
    if let attachment = TelegramFile.attachment(of: message) {
      return InboundContent(
        .attachment, text: caption ?? Bounded.text(message["sticker"]?["emoji"]?.string),
        attachments: [attachment])
    }
    if let location = location(message) { return InboundContent(.location, location: location) }
    if let card = card(message["contact"]) { return InboundContent(.contacts, contacts: [card]) }
    if let data = message["web_app_data"], let title = Bounded.text(data["button_text"]?.string) {
      return InboundContent(.text, text: title, payload: Bounded.text(data["data"]?.string))
    }
    return InboundContent(.unsupported, text: caption)
  }

  private static func text(_ message: JSONValue, _ key: String, _ entities: String) -> String? {
    Bounded.text(message[key]?.string).map { TelegramEntities($0, message[entities]).readable }
  }

  /// Of a link such as `https://t.me/pigeon_bot?start=spring` (Telegram, "Bot features", Deep linking).
  private static func referral(_ text: String) -> Referral? {
    guard let command = TelegramCommand(text), command.name == "start", !command.argument.isEmpty else {
      return nil
    }
    return Referral(source: "start", payload: String(command.argument))
  }

  private static func location(_ message: JSONValue) -> Location? {
    let venue = message["venue"]
    guard let place = venue?["location"] ?? message["location"], let latitude = place["latitude"]?.double,
      let longitude = place["longitude"]?.double, abs(latitude) <= 90, abs(longitude) <= 180
    else { return nil }
    return Location(
      latitude: latitude, longitude: longitude, name: Bounded.text(venue?["title"]?.string),
      address: Bounded.text(venue?["address"]?.string))
  }

  private static func card(_ contact: JSONValue?) -> ContactCard? {
    guard let contact, let name = TelegramName.of(contact) else { return nil }
    return ContactCard(
      name: name, phones: [Bounded.identifier(contact["phone_number"]?.string)].compactMap { $0 })
  }
}
