import Contracts
import JSON

/// What became of the bot's own membership in a chat (Bot API, "ChatMemberUpdated").
///
/// In a group it is news about the account: a notice `membership.` and the new status. In a private chat it
/// says that the contact stopped or started the bot, and is counted: a notice would keep who it was longer
/// than the contact may want.
enum TelegramMembership {
  static func item(_ value: JSONValue) -> InboundItem {
    guard let chat = value["chat"], let id = chat["id"]?.int,
      let status = value["new_chat_member"]?["status"]?.string
    else { return .other(kind: "malformed") }
    let word = Bounded.word(status)
    if TelegramMessage.isPrivate(value) {
      return .other(kind: word == "kicked" ? "membership.blocked" : "membership.unblocked")
    }
    return .notice(
      InboundNotice(
        kind: "membership.\(word)", account: nil, time: value["date"]?.epochSeconds,
        // Not who did it.
        raw:
          "{\"chat\":{\"id\":\(id),\"type\":\"\(Bounded.word(chat["type"]?.string))\"},\"status\":\"\(word)\"}"
      ))
  }
}
