import FoundationEssentials
import JSON

/// What is told of a conversation that another app has or had, such as Meta's own agent ("Conversation Routing").
enum WhatsAppRouting {
  /// As it is of what that app has. What it wrote itself is not told here; the rest is as everywhere.
  static func standby(_ item: InboundItem) -> InboundItem {
    switch item {
    case .message(let message): .message(message.onStandby)
    case .edit(let edit): .edit(edit.onStandby)
    case .other: .other(kind: "standby")
    default: item
    }
  }

  /// The value of a change of the field `messaging_handovers`: that control was passed is told to who has it now, and that
  /// it was taken to who had it.
  static func handover(_ value: JSONValue, account: String?) -> InboundItem {
    let type = value["type"]?.string
    let number = Bounded.identifier(value["sender"]?["phone_number"]?.string)
    let userID = Bounded.identifier(value["sender"]?["user_id"]?.string)
    guard type == "control_passed", let address = number ?? userID,
      let time = value["timestamp"]?.epochSeconds,
      let id = Bounded.identifier("control/\(address)/\(Int64(time.timeIntervalSince1970))")
    else { return .other(kind: "handover." + Bounded.word(type)) }
    let origin = InboundOrigin(
      account: account, address: address, alias: userID == address ? nil : userID, name: nil, time: time)
    return .control(InboundControl(providerID: id, origin: origin))
  }
}
