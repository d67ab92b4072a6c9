import Crypto
import JSON

/// The body of one webhook (WhatsApp Cloud API, "Webhooks", field `messages`).
struct WebhookBody: Encodable {
  private struct Entry: Encodable {
    let id: String
    let changes: [Change]
  }

  private struct Change: Encodable {
    let value: Value
    let field = "messages"
  }

  private struct Value: Encodable {
    let messaging_product = "whatsapp"
    let metadata: Metadata
    var contacts: [Contact]?
    var messages: [Message]?
    var statuses: [Status]?
  }

  private struct Metadata: Encodable {
    let display_phone_number: String
    let phone_number_id: String
  }

  private struct Contact: Encodable {
    struct Profile: Encodable {
      let name: String
    }

    let profile: Profile
    let wa_id: String
  }

  private struct Message: Encodable {
    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    let from: String
    let id: String
    let timestamp: String
    let members: [(key: String, value: JSONValue)]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      for (key, value) in [("from", from), ("id", id), ("timestamp", timestamp)] {
        try container.encode(value, forKey: Key(stringValue: key))
      }
      for (key, value) in members { try container.encode(value, forKey: Key(stringValue: key)) }
    }
  }

  private struct Status: Encodable {
    let id: String
    let status: String
    let timestamp: String
    let recipient_id: String
    let biz_opaque_callback_data: String?
  }

  private let object = "whatsapp_business_account"
  private let entry: [Entry]

  /// One step of a message that the engine sent.
  init(status: DeliveryStep, of message: SentMessage, at seconds: Int) {
    var value = Self.value(account: message.account)
    value.statuses = [
      Status(
        id: message.id,
        status: status.rawValue,
        timestamp: "\(seconds)",
        recipient_id: message.recipient,
        biz_opaque_callback_data: message.callbackData
      )
    ]
    entry = [Entry(id: "stand-in", changes: [Change(value: value)])]
  }

  /// What a customer wrote.
  init(_ written: WrittenMessage, id: String, at seconds: Int) {
    var value = Self.value(account: written.account)
    value.contacts = [Contact(profile: Contact.Profile(name: written.name), wa_id: written.sender)]
    value.messages = [
      Message(from: written.sender, id: id, timestamp: "\(seconds)", members: written.members)
    ]
    entry = [Entry(id: "stand-in", changes: [Change(value: value)])]
  }

  private static func value(account: String) -> Value {
    Value(metadata: Metadata(display_phone_number: account, phone_number_id: account))
  }

  /// `X-Hub-Signature-256` of a body's bytes (Meta for Developers, Webhooks, "Validating payloads").
  static func signature(of body: [UInt8], secret: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
    return code.reduce(into: "sha256=") { text, byte in
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
  }
}

/// The statuses that follow a message that arrives and is read, in order.
enum DeliveryStep: String, CaseIterable, Sendable {
  case sent, delivered, read
}
