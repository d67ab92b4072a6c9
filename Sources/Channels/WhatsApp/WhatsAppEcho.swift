import Contracts
import JSON

/// One element of `message_echoes`: what the company did in its own WhatsApp Business app or a linked device
/// (WhatsApp Cloud API, "smb_message_echoes webhook reference"). Nothing that was sent through the Cloud API is
/// reported there.
enum WhatsAppEcho {
  static func item(_ message: JSONValue, contacts: WhatsAppContacts, account: String?) -> InboundItem {
    guard message.kind == .object else { return .other(kind: "malformed") }
    guard let id = Bounded.identifier(message["id"]?.string) else { return .other(kind: "echo.without_id") }
    let number = Bounded.identifier(message["to"]?.string)
    let userID = Bounded.identifier(message["to_user_id"]?.string)
    guard let address = number ?? userID ?? contacts.only else {
      return .other(kind: "echo.without_recipient")
    }
    let origin = InboundOrigin(
      account: account,
      address: address,
      alias: userID == address ? nil : userID,
      name: contacts.name(of: number, userID, address),
      time: message["timestamp"]?.epochSeconds
    )
    return WhatsAppMessage.change(message, id: id, origin: origin)
      ?? .echo(InboundMessage(providerID: id, origin: origin, content: WhatsAppContent.content(of: message)))
  }
}
