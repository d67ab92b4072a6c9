import Contracts
import JSON

/// What became of the bot's own membership in a chat (Bot API, "ChatMemberUpdated").
///
/// In a group it is news about the account: a notice `membership.` and the new status. In a private chat it
/// says that the contact stopped or started the bot: they want to hear no more, or again.
///
/// Of others' in a group that the bot administers, a notice `member.` and the new status.
enum TelegramMembership {
  static func notice(of value: JSONValue, update: Int64) -> InboundItem {
    guard let chat = value["chat"], let id = chat["id"]?.int,
      let status = value["new_chat_member"]?["status"]?.string
    else { return .other(kind: "malformed") }
    let word = Bounded.word(status)
    let before = Bounded.word(value["old_chat_member"]?["status"]?.string)
    return .notice(
      InboundNotice(
        kind: "member.\(word)", account: nil, time: value["date"]?.epochSeconds,
        // Not who; the update tells one from another of the same second.
        raw: """
          {"update":\(update),"chat":{"id":\(id),"type":"\(Bounded.word(chat["type"]?.string))"},\
          "before":"\(before)","status":"\(word)"}
          """))
  }

  static func item(_ value: JSONValue, update: Int64) -> InboundItem {
    guard let chat = value["chat"], let id = chat["id"]?.int,
      let status = value["new_chat_member"]?["status"]?.string
    else { return .other(kind: "malformed") }
    let word = Bounded.word(status)
    if TelegramMessage.isPrivate(value) {
      let origin = InboundOrigin(
        address: "\(id)", name: TelegramName.of(chat), time: value["date"]?.epochSeconds)
      return .consent(
        InboundConsent(
          providerID: "\(id)/membership/\(update)", origin: origin, scope: .all,
          state: word == "kicked" ? .optedOut : .optedIn))
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
