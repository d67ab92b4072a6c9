import JSON

/// What is kept of a message that was taken, whatever its platform.
struct TakenMessage: Sendable {
  /// As the engine's channels are called.
  let platform: String
  let account: String
  let recipient: String
  let text: String
  let type: String
  let object: JSONValue?
  let quoted: String?
  let callbackData: String?
}

extension TakenMessage {
  init(_ sent: GraphMessage, account: String) {
    self.init(
      platform: "whatsapp", account: account, recipient: sent.recipientID, text: sent.object.text,
      type: sent.object.type, object: sent.object.json, quoted: sent.quoted, callbackData: sent.callbackData)
  }
}
