import JSON

/// A text that a customer writes to an account: `{"from":"15550100","text":"Hi","phone_number_id":"…","name":"…"}`.
struct WrittenText: Equatable {
  let sender: String
  let name: String
  let account: String
  let text: String

  init(parsing body: [UInt8]) throws(StandInError) {
    let root: JSONValue
    do {
      root = try JSONValue(parsing: body)
    } catch {
      throw .invalid("the body is no JSON: \(error.message)")
    }
    guard let sender = root["from"]?.string, (5...20).contains(sender.count),
      sender.allSatisfy({ $0.isASCII && $0.isNumber })
    else { throw .badValue("from is no phone number of digits") }
    guard let text = root["text"]?.string, !text.isEmpty,
      text.utf16.count <= GraphMessageRequest.maximumTextUnits
    else { throw .badValue("text has not 1 to \(GraphMessageRequest.maximumTextUnits) characters") }
    self.sender = sender
    self.text = text
    self.name = String((root["name"]?.string ?? "Customer").prefix(128))
    // Else the account of `aigentable seed`.
    self.account = String((root["phone_number_id"]?.string ?? "100000000000001").prefix(64))
  }
}
