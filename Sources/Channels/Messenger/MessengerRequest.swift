import JSON

/// The body of a call to `messages` (Messenger Platform, "Send API"; Instagram Messaging, "Send a Message").
struct MessengerRequest: Encodable {
  struct Recipient: Encodable {
    let id: String
  }

  struct Reply: Encodable {
    let mid: String
  }

  struct Message: Encodable {
    var text: String?
    var attachment: Attachment?
    var quick_replies: [QuickReply]?
    var metadata: String?
  }

  struct Attachment: Encodable {
    let type: String
    let payload: Payload
  }

  /// Of a file, or of a template.
  struct Payload: Encodable {
    var attachment_id: String?
    var url: String?
    var template_type: String?
    var text: String?
    var buttons: [Button]?
    var elements: [Element]?
  }

  struct Element: Encodable {
    let title: String
    let subtitle: String?
    let buttons: [Button]
  }

  struct Button: Encodable {
    private let type = "postback"
    let title: String
    let payload: String
  }

  struct QuickReply: Encodable {
    private let content_type = "text"
    let title: String
    let payload: String
  }

  let recipient: Recipient
  var messaging_type: String?
  var tag: String?
  var reply_to: Reply?
  var message: Message?
  var sender_action: String?

  init(to address: String) {
    recipient = Recipient(id: address)
  }
}
