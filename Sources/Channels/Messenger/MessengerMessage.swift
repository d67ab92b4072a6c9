import Contracts
import JSON

/// What a `message` says (Messenger Platform, "messages"; Instagram Messaging, "Webhooks").
enum MessengerMessage {
  static func content(of message: JSONValue) -> InboundContent {
    let attachments = MessengerAttachments(message["attachments"])
    let text = Bounded.text(message["text"]?.string) ?? joined(attachments.lines)
    let kind = kind(of: message, text: text, attachments: attachments)
    let isWhole = kind != .unsupported && !attachments.hasMore
    return InboundContent(
      kind,
      text: text ?? joined(attachments.titles),
      payload: Bounded.text(message["quick_reply"]?["payload"]?.string),
      replyTo: Bounded.identifier(message["reply_to"]?["mid"]?.string),
      attachments: attachments.files,
      location: attachments.location,
      referral: referral(of: message, attachments: attachments),
      raw: isWhole ? nil : raw(of: message, attachments: attachments)
    )
  }

  private static func joined(_ lines: [String]) -> String? { Bounded.text(lines.joined(separator: "\n")) }

  private static func kind(of message: JSONValue, text: String?, attachments: MessengerAttachments)
    -> MessageKind
  {
    if message["is_unsupported"]?.bool == true { return .unsupported }
    if !attachments.files.isEmpty { return .attachment }
    if attachments.location != nil { return .location }
    return text == nil ? .unsupported : .text
  }

  /// A story that was answered, or in which the account was named, is where the contact comes from.
  private static func referral(of message: JSONValue, attachments: MessengerAttachments) -> Referral? {
    if let story = message["reply_to"]?["story"], story.kind == .object {
      return Referral(source: "story", id: story["id"]?.messengerID)
    }
    if attachments.passing == "story_mention" { return Referral(source: "story_mention") }
    return message["referral"].flatMap(MessengerReferral.of)
  }

  /// Of what its writer lets go after a day, or a glance, no more is kept than that it was there: Meta forbids to
  /// store it, so its address is not kept either.
  private static func raw(of message: JSONValue, attachments: MessengerAttachments) -> String {
    if let passing = attachments.passing { return #"{"type":"\#(passing)"}"# }
    if message["reply_to"]?["story"] != nil { return #"{"type":"story_reply"}"# }
    return message.serializedText
  }
}
