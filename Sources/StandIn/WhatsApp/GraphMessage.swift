import JSON

/// One message to one person or group.
struct GraphMessage {
  /// As it was written in `to`, or a business-scoped user id in `recipient`.
  let input: String
  let isUserID: Bool
  let isGroup: Bool
  let object: GraphObject
  /// The message that is quoted.
  let quoted: String?
  /// `biz_opaque_callback_data`: what the caller wants back in the statuses, at most 512 characters.
  let callbackData: String?

  init(_ root: JSONValue) throws(StandInError) {
    let recipientType = root["recipient_type"]
    guard recipientType == nil || ["individual", "group"].contains(recipientType?.string) else {
      throw .badValue("recipient_type is neither individual nor group")
    }
    isGroup = recipientType?.string == "group"
    isUserID = root["to"] == nil && root["recipient"] != nil
    guard let recipient = root["to"] ?? root["recipient"] else { throw .missing("to") }
    guard let input = recipient.string, Self.isAddress(input, isPhoneNumber: !isUserID && !isGroup) else {
      throw .badValue(isUserID ? "recipient is no user id" : "to is no phone number or group")
    }
    self.input = input
    object = try GraphObject(root)
    if isGroup, object.type == "interactive" { throw .badValue("groups take no interactive messages") }
    if let context = root["context"] {
      guard let quoted = context["message_id"]?.string, !quoted.isEmpty else {
        throw .missing("context.message_id")
      }
      self.quoted = quoted
    } else {
      quoted = nil
    }
    callbackData = try Self.callbackData(root["biz_opaque_callback_data"])
  }

  /// The id that WhatsApp has for the recipient: of a phone number, its digits.
  var recipientID: String { isUserID || isGroup ? input : input.filter(\.isNumber) }

  private static func callbackData(_ value: JSONValue?) throws(StandInError) -> String? {
    guard let value, !value.isNull else { return nil }
    guard let data = value.string, data.unicodeScalars.count <= 512 else {
      throw .badValue("biz_opaque_callback_data is no text of at most 512 characters")
    }
    return data
  }

  /// A phone number of 5 to 20 digits, with the marks that people put between them; or another id.
  private static func isAddress(_ text: String, isPhoneNumber: Bool) -> Bool {
    guard text.utf8.count <= 160, text.allSatisfy(\.isASCII) else { return false }
    guard isPhoneNumber else { return !text.isEmpty }
    return (5...20).contains(text.count(where: \.isNumber))
      && text.allSatisfy { $0.isNumber || "+-() ".contains($0) }
  }
}
