import Contracts
import JSON

/// What brought a contact here (Messenger Platform, "messaging_referrals", "messaging_optins").
enum MessengerReferral {
  static func of(_ value: JSONValue) -> Referral? {
    guard value.kind == .object else { return nil }
    let advertisement = value["ads_context_data"]
    return Referral(
      source: Bounded.name(value["source"]?.string) ?? Bounded.name(value["type"]?.string) ?? "unknown",
      id: value["ad_id"]?.messengerID ?? value["product"]?["id"]?.messengerID
        ?? advertisement?["post_id"]?.messengerID,
      url: Bounded.text(value["referer_uri"]?.string),
      headline: Bounded.text(advertisement?["ad_title"]?.string),
      payload: Bounded.text(value["ref"]?.string)
    )
  }

  static func of(optin: JSONValue) -> Referral {
    Referral(
      source: Bounded.name(optin["type"]?.string) ?? "optin",
      headline: Bounded.text(optin["title"]?.string),
      payload: Bounded.text(optin["ref"]?.string)
    )
  }
}
