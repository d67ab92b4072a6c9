/// The answer to a message that was taken (WhatsApp Cloud API, "Messages", "Successful response").
struct GraphMessageAnswer: Encodable {
  private struct Contact: Encodable {
    let input: String
    let wa_id: String?
    let user_id: String?
  }

  private struct Message: Encodable {
    let id: String
  }

  private let messaging_product = "whatsapp"
  private let contacts: [Contact]
  private let messages: [Message]

  init(_ message: GraphMessage, id: String) {
    contacts = [
      Contact(
        input: message.input,
        wa_id: message.isUserID || message.isGroup ? nil : message.recipientID,
        user_id: message.isUserID ? message.recipientID : nil
      )
    ]
    messages = [Message(id: id)]
  }
}

/// The answer to a call that only succeeds.
struct GraphSuccess: Encodable {
  private let success = true
}
