/// The answer to a text that was taken (WhatsApp Cloud API, "Messages", "Successful response").
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

  init(_ text: GraphText, id: String) {
    contacts = [
      Contact(
        input: text.input,
        wa_id: text.isUserID ? nil : text.recipientID,
        user_id: text.isUserID ? text.recipientID : nil
      )
    ]
    messages = [Message(id: id)]
  }
}

/// The answer to a call that only succeeds.
struct GraphSuccess: Encodable {
  private let success = true
}
