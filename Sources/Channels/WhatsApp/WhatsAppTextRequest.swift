import Contracts
import JSON

/// The body of a call that sends one text (WhatsApp Cloud API, "Messages", text object).
struct WhatsAppTextRequest: Encodable {
  private struct Text: Encodable {
    let preview_url: Bool
    let body: String
  }

  private let messaging_product = "whatsapp"
  private let recipient_type = "individual"
  private let to: String?
  private let recipient: String?
  private let type = "text"
  private let text: Text
  /// Comes back in the statuses, so that a lost answer can be told by them.
  private let biz_opaque_callback_data: String

  init(address: String, body: String, id: MessageID) {
    let isUserID = Self.isUserID(address)
    self.to = isUserID ? nil : address
    self.recipient = isUserID ? address : nil
    self.text = Text(preview_url: false, body: body)
    self.biz_opaque_callback_data = id.description
  }

  func encoded() throws(JSONError) -> [UInt8] { try JSON.encode(self) }

  /// Whether an address is a business-scoped user id, which goes by another member than a phone number: a
  /// country code of two capitals, a point and letters or digits, as in `US.1349` or `US.ENT.1349`.
  static func isUserID(_ address: String) -> Bool {
    let bytes = Array(address.utf8.prefix(3))
    return bytes.count == 3 && (0x41...0x5A).contains(bytes[0]) && (0x41...0x5A).contains(bytes[1])
      && bytes[2] == UInt8(ascii: ".")
  }
}
