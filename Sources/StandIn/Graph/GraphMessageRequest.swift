import JSON

/// The body of a call to `messages` (WhatsApp Cloud API, "Messages").
enum GraphMessageRequest: Equatable {
  case text(GraphText)
  /// Marks a message of the customer as read, and may show that one is typing; nothing is sent.
  case read

  /// The longest `text.body`, counted in UTF-16 units, which are never fewer than what Meta may count.
  static let maximumTextUnits = 4_096

  init(parsing body: [UInt8]) throws(StandInError) {
    let root = try Self.root(body)
    guard let product = root["messaging_product"] else { throw .missing("messaging_product") }
    guard product.string == "whatsapp" else { throw .badValue("messaging_product is not whatsapp") }
    if root["status"]?.string == "read" {
      guard root["message_id"]?.string?.isEmpty == false else { throw .missing("message_id") }
      self = .read
    } else {
      self = .text(try GraphText(root))
    }
  }

  private static func root(_ body: [UInt8]) throws(StandInError) -> JSONValue {
    let root: JSONValue
    do {
      root = try JSONValue(parsing: body)
    } catch {
      throw .invalid("the body is no JSON: \(error.message)")
    }
    guard root.kind == .object else { throw .invalid("the body is no JSON object") }
    return root
  }
}

/// One text to one person.
struct GraphText: Equatable {
  /// As it was written in `to`, or a business-scoped user id in `recipient`.
  let input: String
  let isUserID: Bool
  let text: String
  /// `biz_opaque_callback_data`: what the caller wants back in the statuses, at most 512 characters.
  let callbackData: String?

  init(_ root: JSONValue) throws(StandInError) {
    if let kind = root["recipient_type"], kind.string != "individual" {
      throw .badValue("recipient_type is not individual")
    }
    isUserID = root["to"] == nil && root["recipient"] != nil
    guard let recipient = root["to"] ?? root["recipient"] else { throw .missing("to") }
    guard let input = recipient.string, Self.isAddress(input, isUserID: isUserID) else {
      throw .badValue(isUserID ? "recipient is no user id" : "to is no phone number")
    }
    self.input = input
    // The Cloud API takes a message without a type for a text.
    let type = root["type"]?.string ?? (root["type"] == nil ? "text" : "")
    guard type == "text" else { throw .unsupportedType(type) }
    guard let body = root["text"]?["body"] else { throw .missing("text.body") }
    guard let text = body.string, !text.isEmpty else { throw .badValue("text.body is no text") }
    guard text.utf16.count <= GraphMessageRequest.maximumTextUnits else {
      throw .invalid("text.body has more than \(GraphMessageRequest.maximumTextUnits) characters")
    }
    self.text = text
    callbackData = try Self.callbackData(root["biz_opaque_callback_data"])
  }

  /// The id that WhatsApp has for the recipient: of a phone number, its digits.
  var recipientID: String { isUserID ? input : input.filter(\.isNumber) }

  private static func callbackData(_ value: JSONValue?) throws(StandInError) -> String? {
    guard let value, !value.isNull else { return nil }
    guard let data = value.string, data.unicodeScalars.count <= 512 else {
      throw .badValue("biz_opaque_callback_data is no text of at most 512 characters")
    }
    return data
  }

  /// A phone number of 5 to 20 digits, with the marks that people put between them; or a user id.
  private static func isAddress(_ text: String, isUserID: Bool) -> Bool {
    guard text.utf8.count <= 160, text.allSatisfy(\.isASCII) else { return false }
    if isUserID { return !text.isEmpty }
    return (5...20).contains(text.count(where: \.isNumber))
      && text.allSatisfy { $0.isNumber || "+-() ".contains($0) }
  }
}
