import JSON

/// The body of a call to `messages` (WhatsApp Cloud API, "Messages").
enum GraphMessageRequest {
  case message(GraphMessage)
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
      if let typing = root["typing_indicator"], typing["type"]?.string != "text" {
        throw .badValue("typing_indicator.type is not text")
      }
      self = .read
    } else {
      self = .message(try GraphMessage(root))
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
