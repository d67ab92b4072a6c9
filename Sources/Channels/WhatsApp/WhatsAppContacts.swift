import JSON

/// The profiles that come along with messages and statuses.
///
/// A person is known by a phone number (`wa_id`), by an id in the scope of the business (`user_id`), which
/// takes the number's place for those who hide it, or by both. The number is preferred as the address, as it
/// was there first; the id is the alias.
struct WhatsAppContacts {
  private var names: [String: String] = [:]
  /// The address of the only contact there is.
  private(set) var only: String?

  init(_ value: JSONValue?) {
    guard let contacts = value?.array else { return }
    for contact in contacts {
      let number = Bounded.identifier(contact["wa_id"]?.string)
      let userID = Bounded.identifier(contact["user_id"]?.string)
      if contacts.count == 1 { only = number ?? userID }
      guard let name = Bounded.name(contact["profile"]?["name"]?.string) else { continue }
      if let number { names[number] = name }
      if let userID { names[userID] = name }
    }
  }

  func name(of ids: String?...) -> String? {
    ids.lazy.compactMap { $0.flatMap { names[$0] } }.first
  }
}
