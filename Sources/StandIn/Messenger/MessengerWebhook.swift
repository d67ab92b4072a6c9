import FoundationEssentials

/// What a page or an Instagram account is told of a message that it sent (Messenger Platform, "Webhooks": `message
/// echoes`, `message_deliveries`, `message_reads`; Instagram knows no deliveries, names messages that were read, and does
/// not say in an echo who sent it).
struct MessengerWebhook: Encodable {
  private struct Entry: Encodable {
    let id: String
    let time: Int
    let messaging: [Event]
  }

  fileprivate struct Event: Encodable {
    struct Party: Encodable { let id: String }
    struct Message: Encodable {
      let mid: String
      let is_echo = true
      let app_id: Int?
      let text: String?
      let attachments: [Attachment]?
      let metadata: String?
    }
    struct Attachment: Encodable {
      struct Payload: Encodable {
        let url: String?
      }
      let type: String
      let payload: Payload
    }
    struct Delivery: Encodable {
      let mids: [String]
      let watermark: Int
    }
    struct Read: Encodable {
      var watermark: Int?
      var mid: String?
    }
    let sender: Party
    let recipient: Party
    let timestamp: Int
    var message: Message?
    var delivery: Delivery?
    var read: Read?
  }

  fileprivate static let files = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id="

  private let object: String
  private let entry: [Entry]

  /// All that follows a message that arrives and is read, in order.
  static func all(of message: SentMessage, at now: Date) -> [MessengerWebhook] {
    let milliseconds = Int(now.timeIntervalSince1970 * 1_000)
    let isInstagram = message.platform == "instagram"
    let account = Event.Party(id: message.account)
    let contact = Event.Party(id: message.recipient)
    var echo = Event(sender: account, recipient: contact, timestamp: milliseconds)
    echo.message = Event.Message(message, isInstagram: isInstagram)
    var delivery = Event(sender: contact, recipient: account, timestamp: milliseconds)
    delivery.delivery = Event.Delivery(mids: [message.id], watermark: milliseconds)
    var read = Event(sender: contact, recipient: account, timestamp: milliseconds)
    read.read = isInstagram ? Event.Read(mid: message.id) : Event.Read(watermark: milliseconds)
    return (isInstagram ? [echo, read] : [echo, delivery, read]).map { event in
      MessengerWebhook(
        object: isInstagram ? "instagram" : "page",
        entry: [Entry(id: message.account, time: milliseconds, messaging: [event])])
    }
  }
}

extension MessengerWebhook.Event.Message {
  fileprivate init(_ message: SentMessage, isInstagram: Bool) {
    let isText = message.type == "text"
    let url = message.type == "template" ? nil : MessengerWebhook.files + message.id
    self.init(
      mid: message.id, app_id: isInstagram ? nil : 1, text: isText ? message.text : nil,
      attachments: isText ? nil : [.init(type: message.type, payload: .init(url: url))],
      metadata: isInstagram ? nil : message.callbackData)
  }
}
