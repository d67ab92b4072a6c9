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
    try Self.checkWindow(root, isInstagram: isInstagram)
    guard let message = root["message"], message.kind == .object else { throw .missing("message") }
    let text = message["text"]?.string
    let attachment = message["attachment"]
    guard (text == nil) != (attachment == nil) else {
      throw .invalid("message holds not one of text and attachment")
    }
    if let text { try Self.check(text, isInstagram: isInstagram) }
    if let attachment { try MessengerAttachment.check(attachment) }
    if let replies = message["quick_replies"] { try Self.checkReplies(replies) }
    self = .message(
      TakenMessage(
        platform: isInstagram ? "instagram" : "messenger", account: account, recipient: recipient,
        text: text ?? attachment?["payload"]?["text"]?.string ?? "",
        type: attachment?["type"]?.string ?? "text", object: text == nil ? attachment : nil,
        quoted: root["reply_to"]?["mid"]?.string, callbackData: message["metadata"]?.string))
  }

  /// `messaging_type`, which pages must say and Instagram may leave out, and the tag that goes with one of its values:
  /// of these, Instagram knows that of a person alone.
  private static func checkWindow(_ root: JSONValue, isInstagram: Bool) throws(StandInError) {
    let type = root["messaging_type"]?.string
    guard type != nil || isInstagram && root["messaging_type"] == nil else {
      throw .missing("messaging_type")
    }
    guard ["RESPONSE", "UPDATE", "MESSAGE_TAG", nil].contains(type) else {
      throw .invalid("messaging_type is none of RESPONSE, UPDATE and MESSAGE_TAG")
    }
    let tags =
      isInstagram
      ? ["HUMAN_AGENT"] : ["HUMAN_AGENT", "ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"]
    guard (type == "MESSAGE_TAG") == (root["tag"] != nil),
      root["tag"].map({ tags.contains($0.string ?? "") }) ?? true
    else { throw .invalid("tag goes with MESSAGE_TAG, and must be a known one") }
  }

  private static func check(_ text: String, isInstagram: Bool) throws(StandInError) {
    let isShort =
      isInstagram ? text.utf8.count <= longestText.instagram : text.utf16.count <= longestText.messenger
    guard !text.isEmpty, isShort else { throw .invalid("text is empty or too long") }
  }

  private static func checkReplies(_ replies: JSONValue) throws(StandInError) {
    guard let replies = replies.array, (1...maximumQuickReplies).contains(replies.count) else {
      throw .invalid("quick_replies are not 1 to \(maximumQuickReplies)")
    }
    for reply in replies {
      let types = ["text", "user_phone_number", "user_email"]
      guard let type = reply["content_type"]?.string, types.contains(type) else {
        throw .invalid("content_type is none of \(types.joined(separator: ", "))")
      }
      guard type == "text" else { continue }
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
