import Contracts
import JSON

/// A message, new or edited (Bot API, "Message").
///
/// In a group the bot may see what people write to each other. Only what is meant for it is a message: one that begins
/// with a command for no bot by name, a text or caption that mentions it or holds a command for it, an answer to a
/// message of its own. An album is meant for it as a whole once one of its messages is, as that with the caption: the
/// others are overheard until then. An edit is meant for it if the message is now, or was before. A channel's post is
/// what people of the company wrote to all who follow it: an echo in the channel's own conversation, which nobody
/// answers. Group, topic and chat of a business account are the thread; the contact is who wrote, or the chat on whose
/// behalf they did.
enum TelegramMessage {
  /// - Parameter update: the number of the update that brings an edit; nil for a new message.
  static func item(_ message: JSONValue, kind: String, update: Int64?, for bot: TelegramBot) -> InboundItem {
    guard let number = message["message_id"]?.int, number > 0, let chat = message["chat"],
      let place = place(of: message)
    else { return .other(kind: "malformed") }
    if kind.hasSuffix("business_message"), place.business == nil {
      return .other(kind: "\(kind).without_connection")
    }
    guard let origin = origin(of: message, in: place, isEdit: update != nil) else {
      return .other(kind: "message.without_sender")
    }
    if let moved = message["migrate_to_chat_id"]?.int {
      return move(to: moved, by: number, origin: origin, place: place)
    }
    if let service = TelegramService.word(message) { return .other(kind: "service.\(service)") }
    let isPost = chat["type"]?.string == "channel"
    let album = Bounded.identifier(message["media_group_id"]?.string).map { "\(place.key)/album/\($0)" }
    let passedOver = isPost ? nil : passedOver(message, place: place, bot: bot)
    let isOverheard = passedOver == notAddressed && (album != nil || update != nil)
    if let passedOver, !isOverheard { return .other(kind: passedOver) }

    let content = TelegramContent.content(of: message, in: place)
    if let update {
      return .edit(
        InboundEdit(
          providerID: "\(place.message(number))/edit/\(update)", target: place.message(number),
          origin: origin, content: content, partOf: album, isOverheard: isOverheard))
    }
    let read = InboundMessage(
      providerID: place.message(number), origin: origin, content: content,
      partOf: album, isOverheard: isOverheard)
    // In a business account's chat, all but the other party is the business.
    let isEcho = isPost || place.business != nil && message["from"]?["id"]?.int != place.chat
    return isEcho ? .echo(read) : .message(read)
  }

  /// nil without a chat. A thread of answers in a group without topics is no topic.
  static func place(of value: JSONValue) -> TelegramPlace? {
    guard let chat = value["chat"]?["id"]?.int, chat != 0 else { return nil }
    return TelegramPlace(
      chat: chat,
      business: TelegramPlace.businessID(value["business_connection_id"]?.string),
      topic: value["is_topic_message"]?.bool == true ? value["message_thread_id"]?.int : nil)
  }

  static func isPrivate(_ value: JSONValue) -> Bool { value["chat"]?["type"]?.string == "private" }

  /// The message that was answered. In a topic, each message that answers none names the one that made the
  /// topic.
  static func answered(by message: JSONValue) -> JSONValue? {
    guard let answered = message["reply_to_message"], answered.kind == .object,
      answered["forum_topic_created"] == nil
    else { return nil }
    return answered
  }

  private static func origin(
    of message: JSONValue, in place: TelegramPlace, isEdit: Bool
  ) -> InboundOrigin? {
    let isBusiness = place.business != nil
    // Whoever wrote in a business account's chat, the contact is whom the chat is with.
    let isPost = message["chat"]?["type"]?.string == "channel"
    let writer = isBusiness || isPost ? message["chat"] : message["sender_chat"] ?? message["from"]
    guard let address = writer?["id"]?.int else { return nil }
    let isPlain = isPrivate(message) && !isBusiness && place.topic == nil
    return InboundOrigin(
      address: "\(address)", name: TelegramName.of(writer), thread: isPlain ? nil : place.thread,
      time: (isEdit ? message["edit_date"] ?? message["date"] : message["date"])?.epochSeconds)
  }

  private static let notAddressed = "group.not_addressed"

  /// The word to count a message by that is not for the bot.
  private static func passedOver(_ message: JSONValue, place: TelegramPlace, bot: TelegramBot) -> String? {
    if message["sender_business_bot"] != nil { return "echo.own" }
    if message["from"]?["is_bot"]?.bool == true, message["sender_chat"] == nil {
      return bot.id != nil && message["from"]?["id"]?.int == bot.id ? "echo.own" : "message.from_bot"
    }
    if place.business != nil || isPrivate(message) || isAddressed(message, to: bot) { return nil }
    return notAddressed
  }

  private static func isAddressed(_ message: JSONValue, to bot: TelegramBot) -> Bool {
    if message["chat"]?["is_direct_messages"]?.bool == true { return false }
    if let writer = answered(by: message)?["from"], let id = bot.id, writer["id"]?.int == id { return true }
    let isCaption = message["text"] == nil
    let text = Bounded.text(message[isCaption ? "caption" : "text"]?.string) ?? ""
    if let command = TelegramCommand(text), command.bot.map({ bot.isCalled($0) }) ?? true { return true }
    return TelegramEntities(text, message[isCaption ? "caption_entities" : "entities"]).mentions(bot)
  }

  /// A group that became a supergroup has another id from then on.
  private static func move(
    to chat: Int64, by number: Int64, origin: InboundOrigin, place: TelegramPlace
  ) -> InboundItem {
    let isGroup = origin.thread != nil
    return .move(
      InboundMove(
        providerID: place.message(number), origin: origin, address: isGroup ? origin.address : "\(chat)",
        thread: isGroup ? TelegramPlace(chat: chat).thread : nil))
  }
}
