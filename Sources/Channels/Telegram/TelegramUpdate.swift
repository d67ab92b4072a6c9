import Contracts
import JSON

/// The body of a Telegram webhook, or one element of what polling gives (Bot API, "Update").
///
/// What a contact wrote to the bot, or to a business account that it is connected to, becomes messages,
/// echoes, edits, deletions, reactions and consent. The rest belongs to no conversation and is counted by its kind:
///
/// | kind | what |
/// |---|---|
/// | `group.not_addressed` | written in a group, but not to the bot: see `TelegramMessage` |
/// | `inline_query`, `poll_answer`, … | every other kind of update that is no message, by Telegram's word |
/// | `service.…` | something happened in a chat, such as `service.pinned_message` |
/// | `echo.own` | the bot's own message |
/// | `message.from_bot` | by another bot, which would answer for ever |
/// | `…without_connection` | of a business account, but not of which |
/// | `malformed` | a member without which nothing can be said |
enum TelegramUpdate {
  static let maximumBytes = 1 << 20
  /// Of one deletion; Telegram names at most 100.
  static let maximumItems = 1_000

  /// The kinds to ask Telegram for; it sends no others.
  static let kinds = [
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "message_reaction",
    "my_chat_member", "chat_member",
    "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages",
  ]

  static func items(of body: [UInt8], for bot: TelegramBot) throws(ChannelError) -> [InboundItem] {
    let root = try JSONValue(body: body, maximumBytes: maximumBytes)
    guard let members = root.object else {
      throw ChannelError(.wrongShape, "body is \(root.kind.rawValue), not an object")
    }
    guard let id = root["update_id"]?.int else {
      throw ChannelError(.wrongShape, "update_id is not an integer")
    }
    guard let (kind, value) = members.first(where: { $0.key != "update_id" && $0.value.kind == .object })
    else {
      return [.other(kind: "malformed")]
    }
    switch kind {
    case "message", "business_message", "channel_post":
      return [TelegramMessage.item(value, kind: kind, update: nil, for: bot)]
    case "edited_message", "edited_business_message", "edited_channel_post":
      return [TelegramMessage.item(value, kind: kind, update: id, for: bot)]
    case "callback_query": return [TelegramCallback.item(value)]
    case "message_reaction": return [TelegramReaction.item(value, update: id)]
    case "my_chat_member": return [TelegramMembership.item(value, update: id)]
    case "chat_member": return [TelegramMembership.notice(of: value, update: id)]
    case "deleted_business_messages": return try deletions(value)
    default: return [unknown(value, kind, bot) ?? .other(kind: Bounded.word(kind))]
    }
  }

  /// A message of a kind that Telegram added later, or that is not asked for: kept as it came. nil for what is none.
  private static func unknown(_ value: JSONValue, _ kind: String, _ bot: TelegramBot) -> InboundItem? {
    guard value["message_id"] != nil, value["chat"] != nil, value["date"] != nil,
      case .message(let message) = TelegramMessage.item(value, kind: kind, update: nil, for: bot),
      !message.isOverheard
    else { return nil }
    return .message(
      InboundMessage(
        providerID: "\(message.providerID)/\(Bounded.word(kind))", origin: message.origin,
        content: InboundContent(
          .unsupported, text: message.content.text, raw: String(decoding: value.serialized(), as: UTF8.self)))
    )
  }

  private static func deletions(_ value: JSONValue) throws(ChannelError) -> [InboundItem] {
    guard let business = TelegramPlace.businessID(value["business_connection_id"]?.string) else {
      return [.other(kind: "deleted_business_messages.without_connection")]
    }
    guard let chat = value["chat"]?["id"]?.int, let numbers = value["message_ids"]?.array else {
      return [.other(kind: "malformed")]
    }
    guard numbers.count <= maximumItems else {
      throw ChannelError(.tooManyItems, "body has more than \(maximumItems) items")
    }
    let place = TelegramPlace(chat: chat, business: business)
    let origin = InboundOrigin(
      address: "\(chat)", name: TelegramName.of(value["chat"]), thread: place.thread, time: nil)
    return numbers.map { number in
      guard let number = number.int else { return .other(kind: "malformed") }
      return .deletion(InboundDeletion(target: place.message(number), origin: origin))
    }
  }
}

enum TelegramName {
  /// What a user or a chat is called (Bot API, "User", "Chat").
  static func of(_ value: JSONValue?) -> String? {
    let names = [value?["first_name"]?.string, value?["last_name"]?.string].compactMap { Bounded.text($0) }
    return Bounded.name(
      names.isEmpty ? value?["title"]?.string ?? value?["username"]?.string : names.joined(separator: " "))
  }
}
