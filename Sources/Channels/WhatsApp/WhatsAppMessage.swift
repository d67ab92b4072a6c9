import Contracts
import JSON

/// One element of `messages` (WhatsApp Cloud API, "Messages webhook reference").
///
/// What was written in a group has the group's id as its thread (Groups API, "Webhooks").
enum WhatsAppMessage {
  static func item(_ message: JSONValue, contacts: WhatsAppContacts, account: String?) -> InboundItem {
    guard message.kind == .object else { return .other(kind: "malformed") }
    let type = message["type"]?.string
    if type == "system" { return WhatsAppMove.item(system: message, account: account) }
    guard let id = Bounded.identifier(message["id"]?.string) else {
      return .other(kind: "message.without_id")
    }
    let number = Bounded.identifier(message["from"]?.string)
    let userID = Bounded.identifier(message["from_user_id"]?.string)
    guard let address = number ?? userID ?? contacts.only else {
      return .other(kind: "message.without_sender")
    }
    let origin = InboundOrigin(
      account: account,
      address: address,
      alias: userID == address ? nil : userID,
      name: contacts.name(of: number, userID, address),
      thread: Bounded.identifier(message["group_id"]?.string),
      time: message["timestamp"]?.epochSeconds
    )
    if type == "reaction", let target = Bounded.identifier(message["reaction"]?["message_id"]?.string) {
      // Taken back, the emoji is empty or absent.
      let emoji = Bounded.text(message["reaction"]?["emoji"]?.string)
      return .reaction(
        InboundReaction(providerID: id, target: target, origin: origin, reactions: emoji.map { [$0] } ?? [])
      )
    }
    return change(message, id: id, origin: origin)
      ?? .message(
        InboundMessage(providerID: id, origin: origin, content: WhatsAppContent.content(of: message)))
  }

  /// An edit or a deletion of a message of either side ("Edit messages webhook reference", "Revoke messages webhook
  /// reference"); nil for all else, and when it does not say of which message.
  static func change(_ message: JSONValue, id: String, origin: InboundOrigin) -> InboundItem? {
    switch message["type"]?.string {
    case "edit":
      guard let edit = message["edit"], let target = Bounded.identifier(edit["original_message_id"]?.string)
      else {
        return nil
      }
      return .edit(
        InboundEdit(
          providerID: id,
          target: target,
          origin: origin,
          content: WhatsAppContent.content(of: edit["message"] ?? message)
        )
      )
    case "revoke":
      guard let target = Bounded.identifier(message["revoke"]?["original_message_id"]?.string) else {
        return nil
      }
      return .deletion(InboundDeletion(target: target, origin: origin))
    default: return nil
    }
  }
}
