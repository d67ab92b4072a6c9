import Contracts
import JSON

/// Reactions of one user to one message (Bot API, "MessageReactionUpdated"). Those of custom emoji are named
/// `custom_emoji/` and their id, a paid one `paid`. Telegram does not say in which topic the message is:
/// normalize knows that of what was said to the bot there, and of what it said.
enum TelegramReaction {
  static func item(_ value: JSONValue, update: Int64) -> InboundItem {
    guard let number = value["message_id"]?.int, let place = TelegramMessage.place(of: value),
      let reactions = value["new_reaction"]?.array
    else { return .other(kind: "malformed") }
    // In a group, `actor_chat` reacted for someone who does not show themself.
    let actor = value["user"] ?? value["actor_chat"]
    guard let user = actor?["id"]?.int else { return .other(kind: "malformed") }
    return .reaction(
      InboundReaction(
        providerID: "\(place.message(number))/reaction/\(update)",
        target: place.message(number),
        origin: InboundOrigin(
          address: "\(user)", name: TelegramName.of(actor),
          thread: TelegramMessage.isPrivate(value) ? nil : place.thread, time: value["date"]?.epochSeconds),
        reactions: reactions.compactMap(word)))
  }

  private static func word(_ reaction: JSONValue) -> String? {
    switch reaction["type"]?.string {
    case "emoji": Bounded.identifier(reaction["emoji"]?.string)
    case "custom_emoji": Bounded.identifier(reaction["custom_emoji_id"]?.string).map { "custom_emoji/\($0)" }
    case "paid": "paid"
    default: nil
    }
  }
}
