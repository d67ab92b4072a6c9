/// Whom a message goes to. A business-scoped user id goes by another member than a phone number ("Business-scoped
/// user IDs"), a group by another type (Groups API, "Send group messages").
struct WhatsAppRecipient: Equatable {
  let id: String
  let isGroup: Bool

  var type: String { isGroup ? "group" : "individual" }
  var isUserID: Bool { !isGroup && Self.isUserID(id) }

  /// nil when it could not be an id.
  init?(address: String, thread: String?) {
    guard let id = Bounded.identifier(thread ?? address) else { return nil }
    self.id = id
    self.isGroup = thread != nil
  }

  /// Whether an address is a user id: a country code of two capitals, a point and letters or digits, as in `US.1349`
  /// or `US.ENT.1349`.
  static func isUserID(_ address: String) -> Bool {
    let bytes = Array(address.utf8.prefix(3))
    return bytes.count == 3 && (0x41...0x5A).contains(bytes[0]) && (0x41...0x5A).contains(bytes[1])
      && bytes[2] == UInt8(ascii: ".")
  }
}
