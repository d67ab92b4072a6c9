import JSON

/// What a customer writes to an account: `{"from":"15550100","text":"Hi","phone_number_id":"…","name":"…"}`. Instead
/// of the text there may be a `message` as webhooks hold them, without `from`, `id` and `timestamp`:
/// `{"type":"image","image":{"id":"…"}}`.
struct WrittenMessage {
  let sender: String
  let name: String
  let account: String
  /// The members that tell what was written, `type` among them.
  let members: [(key: String, value: JSONValue)]

  init(parsing body: [UInt8]) throws(StandInError) {
    let root = try Self.value(body)
    guard let sender = root["from"]?.string, (5...20).contains(sender.count),
      sender.allSatisfy({ $0.isASCII && $0.isNumber })
    else { throw .badValue("from is no phone number of digits") }
    self.sender = sender
    name = String((root["name"]?.string ?? "Customer").prefix(128))
    // Else the account of `aigentable seed`.
    account = String((root["phone_number_id"]?.string ?? "100000000000001").prefix(64))
    if let message = root["message"] {
      guard let type = message["type"]?.string, message[type] != nil else {
        throw .badValue("message has no type, or nothing of it")
      }
      members = (message.object ?? []).filter { !["from", "id", "timestamp"].contains($0.key) }
    } else {
      guard let text = root["text"]?.string, !text.isEmpty,
        text.utf16.count <= GraphMessageRequest.maximumTextUnits
      else { throw .badValue("text has not 1 to \(GraphMessageRequest.maximumTextUnits) characters") }
      members = try Self.textMembers(text)
    }
  }

  private static func textMembers(_ text: String) throws(StandInError) -> [(key: String, value: JSONValue)] {
    struct Message: Encodable {
      struct Text: Encodable {
        let body: String
      }

      let type = "text"
      let text: Text
    }
    do {
      let message = try JSON.encode(Message(text: Message.Text(body: text)))
      return try JSONValue(parsing: message).object ?? []
    } catch {
      throw .invalid("the text cannot be written: \(error.message)")
    }
  }

  private static func value(_ body: [UInt8]) throws(StandInError) -> JSONValue {
    do {
      return try JSONValue(parsing: body)
    } catch {
      throw .invalid("the body is no JSON: \(error.message)")
    }
  }
}
