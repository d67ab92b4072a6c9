import Contracts
import FoundationEssentials
import JSON

/// An element of `user_preferences`: a contact stopped or resumed what a business sends to win customers
/// ("user_preferences webhook reference").
enum WhatsAppPreference {
  static func item(_ preference: JSONValue, account: String?) -> InboundItem {
    let number = Bounded.identifier((preference["wa_id"] ?? preference["user_id"])?.string)
    guard let number else { return .other(kind: "malformed") }
    let state: ConsentState
    switch (preference["category"]?.string, preference["value"]?.string) {
    case ("marketing_messages", "stop"): state = .optedOut
    case ("marketing_messages", "resume"), ("marketing_messages", "signup"): state = .optedIn
    default: return .other(kind: "user_preferences")
    }
    let time = preference["timestamp"]?.epochSeconds
    let moment = time.map { "\($0.timeIntervalSince1970)" } ?? ""
    guard let id = Bounded.identifier("\(number)/\(state.rawValue)/\(moment)") else {
      return .other(kind: "malformed")
    }
    return .consent(
      InboundConsent(
        providerID: id, origin: InboundOrigin(account: account, address: number, name: nil, time: time),
        scope: .marketing, state: state))
  }
}
