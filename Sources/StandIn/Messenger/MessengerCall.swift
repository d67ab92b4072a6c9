import FoundationEssentials
import JSON

/// The body of a call to `messages` of a page or an Instagram account (Messenger Platform, "Send API"; Instagram
/// Platform, "Send messages").
enum MessengerCall {
  case message(TakenMessage)
  /// Marks as read, or shows that one is typing; nothing is sent.
  case action(recipient: String)

  /// The longest text: of Messenger in characters, of Instagram in bytes of UTF-8.
  private static let longestText = (messenger: 2_000, instagram: 1_000)
  private static let maximumQuickReplies = 13

  init(_ root: JSONValue, account: String, isInstagram: Bool) throws(StandInError) {
    guard let recipient = root["recipient"]?["id"]?.string, !recipient.isEmpty, recipient.utf8.count <= 128
    else { throw .invalid("recipient.id is no text") }
    if let action = root["sender_action"] {
      guard ["typing_on", "typing_off", "mark_seen"].contains(action.string), root["message"] == nil else {
        throw .invalid("sender_action is none, or stands beside a message")
      }
      self = .action(recipient: recipient)
      return
    }
    try Self.checkWindow(root)
    guard let message = root["message"], message.kind == .object else { throw .missing("message") }
    let text = message["text"]?.string
    let attachment = message["attachment"]
    guard (text == nil) != (attachment == nil) else {
      throw .invalid("message holds not one of text and attachment")
    }
    if let text { try Self.check(text, isInstagram: isInstagram) }
    if let attachment { try Self.check(attachment) }
    if let replies = message["quick_replies"] { try Self.checkReplies(replies) }
    self = .message(
      TakenMessage(
        platform: isInstagram ? "instagram" : "messenger", account: account, recipient: recipient,
        text: text ?? attachment?["payload"]?["text"]?.string ?? "",
        type: attachment?["type"]?.string ?? "text", object: text == nil ? attachment : nil,
        quoted: root["reply_to"]?["mid"]?.string, callbackData: message["metadata"]?.string))
  }

  /// `messaging_type`, and the tag that goes with one of its values. Instagram may leave it out.
  private static func checkWindow(_ root: JSONValue) throws(StandInError) {
    guard let type = root["messaging_type"]?.string else { return }
    guard ["RESPONSE", "UPDATE", "MESSAGE_TAG"].contains(type) else {
      throw .invalid("messaging_type is none")
    }
    let tags = ["HUMAN_AGENT", "ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"]
    guard (type == "MESSAGE_TAG") == (root["tag"] != nil),
      root["tag"].map({ tags.contains($0.string ?? "") }) ?? true
    else { throw .invalid("tag goes with MESSAGE_TAG, and must be a known one") }
  }

  private static func check(_ text: String, isInstagram: Bool) throws(StandInError) {
    let isShort =
      isInstagram ? text.utf8.count <= longestText.instagram : text.utf16.count <= longestText.messenger
    guard !text.isEmpty, isShort else { throw .invalid("text is empty or too long") }
  }

  private static func check(_ attachment: JSONValue) throws(StandInError) {
    let types = ["image", "video", "audio", "file", "template"]
    guard let type = attachment["type"]?.string, types.contains(type), let payload = attachment["payload"]
    else {
      throw .invalid("attachment has no known type, or no payload")
    }
    if type == "template" {
      guard payload["template_type"]?.string != nil else { throw .missing("payload.template_type") }
      for button in payload["buttons"]?.array ?? [] {
        guard let title = button["title"]?.string, (1...20).contains(title.count) else {
          throw .invalid("a button's title has not 1 to 20 characters")
        }
      }
      guard (payload["buttons"]?.array?.count ?? 0) <= 3 else { throw .invalid("more than three buttons") }
    } else if payload["attachment_id"]?.string == nil, payload["url"]?.string == nil {
      throw .missing("payload.attachment_id or payload.url")
    }
  }

  private static func checkReplies(_ replies: JSONValue) throws(StandInError) {
    guard let replies = replies.array, (1...maximumQuickReplies).contains(replies.count) else {
      throw .invalid("quick_replies are not 1 to \(maximumQuickReplies)")
    }
    for reply in replies where reply["content_type"]?.string == "text" {
      guard let title = reply["title"]?.string, (1...20).contains(title.count),
        let payload = reply["payload"]?.string, payload.utf8.count <= 1_000
      else { throw .invalid("a quick reply has no title of 1 to 20 characters, or no payload") }
    }
  }
}

/// The answer to a message that was taken, and to an action.
struct MessengerAnswer: Encodable {
  let recipient_id: String
  var message_id: String?
}
