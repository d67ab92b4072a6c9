import Contracts
import JSON

/// A contact who is known by another number or user id from here on.
///
/// A new number makes a new user id, too, and nothing else does ("Business-scoped user IDs"). Which of the two is the
/// address is decided as for messages: the number where it is shown, else the user id.
enum WhatsAppMove {
  /// A message of type `system` ("System messages webhook reference", "Business-scoped user IDs"). `from` is what
  /// was, `system` names what is now. For contacts whose number is hidden, what was is the previous user id, or stands in
  /// the text alone.
  static func item(system message: JSONValue, account: String?) -> InboundItem {
    let system = message["system"]
    let type = system?["type"]?.string
    let other = InboundItem.other(kind: "system." + Bounded.word(type))
    guard ["user_changed_number", "user_changed_user_id", "customer_changed_number"].contains(type),
      let id = Bounded.identifier(message["id"]?.string)
    else { return other }
    let userID = Bounded.identifier(system?["user_id"]?.string)
    let address = Bounded.identifier((system?["wa_id"] ?? system?["new_wa_id"])?.string) ?? userID
    let before =
      Bounded.identifier(message["from"]?.string)
      ?? Bounded.identifier(system?["previous_user_id"]?.string)
      ?? previousUserID(in: system?["body"]?.string, now: userID)
    guard let address, let before, before != address else { return other }
    let origin = InboundOrigin(
      account: account,
      address: before,
      name: nil,
      time: message["timestamp"]?.epochSeconds
    )
    return .move(
      InboundMove(
        providerID: pair(before, address) ?? id, origin: origin, address: address,
        alias: userID == address ? nil : userID)
    )
  }

  /// An element of `user_id_update`. Who shows a number is found by the user id as well, and from here on is written to by
  /// it: the number changed with it, and is someone else's in time.
  static func item(update: JSONValue, contacts: WhatsAppContacts, account: String?) -> InboundItem {
    guard let before = Bounded.identifier(update["user_id"]?["previous"]?.string),
      let address = Bounded.identifier(update["user_id"]?["current"]?.string), before != address,
      let id = pair(before, address)
    else { return .other(kind: "user_id_update") }
    let origin = InboundOrigin(
      account: account,
      address: before,
      name: contacts.name(of: before, address),
      time: update["timestamp"]?.epochSeconds
    )
    return .move(InboundMove(providerID: id, origin: origin, address: address))
  }

  /// A new user id may be told twice, in a system message and in an update: both get this id. A user id is never given
  /// again, so it tells the change from every other.
  private static func pair(_ before: String, _ address: String) -> String? {
    guard WhatsAppRecipient.isUserID(before), WhatsAppRecipient.isUserID(address) else { return nil }
    return Bounded.identifier("\(before)/\(address)")
  }

  /// From `User <name> changed from <old> to <new>`. It is read from its end, as a name can hold anything.
  private static func previousUserID(in body: String?, now userID: String?) -> String? {
    guard let body, let userID, body.hasSuffix(" to \(userID)") else { return nil }
    let rest = body.dropLast(" to \(userID)".count)
    guard let word = rest.split(separator: " ").last, rest.dropLast(word.count).hasSuffix(" changed from "),
      WhatsAppRecipient.isUserID(String(word))
    else { return nil }
    return Bounded.identifier(String(word))
  }
}
