import Contracts
import JSON

/// One element of `statuses` (WhatsApp Cloud API, "Status messages webhook reference").
enum WhatsAppStatus {
  static func item(_ status: JSONValue, contacts: WhatsAppContacts, account: String?) -> InboundItem {
    guard status.kind == .object else { return .other(kind: "malformed") }
    let word = status["status"]?.string
    guard let step = step(word) else { return .other(kind: "status." + Bounded.word(word)) }
    let isGroup = status["recipient_type"]?.string == "group"
    // What one member received or read says nothing about the others.
    if isGroup, step == .delivered || step == .read { return .other(kind: "status.group") }
    guard let id = Bounded.identifier(status["id"]?.string) else { return .other(kind: "status.without_id") }
    guard
      let address = Bounded.identifier(status["recipient_id"]?.string)
        ?? Bounded.identifier(status["recipient_user_id"]?.string) ?? contacts.only
    else { return .other(kind: "status.without_recipient") }
    let code = step == .failed ? status["errors"]?[0]?["code"]?.int.flatMap { Int(exactly: $0) } : nil
    return .status(
      InboundStatus(
        providerID: id,
        origin: InboundOrigin(
          account: account,
          address: address,
          name: nil,
          thread: isGroup ? address : nil,
          time: status["timestamp"]?.epochSeconds
        ),
        status: step,
        code: code,
        mark: SendMark(status["biz_opaque_callback_data"]?.string)
      )
    )
  }

  private static func step(_ word: String?) -> DeliveryStatus? {
    switch word {
    case "sent": .sent
    case "delivered": .delivered
    // A voice message that was played was read.
    case "read", "played": .read
    case "failed": .failed
    default: nil
    }
  }
}
