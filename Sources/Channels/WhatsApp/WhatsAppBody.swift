import JSON

/// The body of a WhatsApp webhook: entries of changes, each of one field (WhatsApp Cloud API, "Webhooks").
///
/// | field | becomes |
/// |---|---|
/// | `messages` | messages, edits, deletions, reactions, moves, statuses |
/// | `smb_message_echoes` | echoes, and edits and deletions by the company |
/// | `user_id_update` | moves |
/// | `user_preferences` | consent to marketing |
/// | `standby` | messages and edits of a conversation that another app has, and what else is told of it |
/// | `messaging_handovers` | that such a conversation is ours now |
/// | those of `WhatsAppNotice` | notices |
/// | any other with `messages` | messages |
/// | any other | one `other` of the field's name: calls, history |
///
/// What has no place in a conversation, or cannot be attributed, is counted under these kinds:
///
/// | kind | what |
/// |---|---|
/// | `malformed` | an element of the wrong type, or a change with nothing in it |
/// | `errors` | an error about the account |
/// | `standby` | what another app wrote |
/// | `handover.…` | a conversation that goes from one app to another, and not to this one |
/// | `system.…` | a notice about a contact that moves nobody: nobody wrote it |
/// | `….without_id` | cannot be told from a repetition |
/// | `message.without_sender`, `….without_recipient` | nobody to answer |
/// | `status.…` | a status that is no step of a delivery, such as `status.deleted` |
/// | `status.group` | what one member of a group did with a message |
struct WhatsAppBody {
  /// Meta puts up to 1,000 notifications into a body.
  static let maximumItems = 10_000

  private var items: [InboundItem] = []

  static func items(of body: [UInt8], maximumBytes: Int) throws(ChannelError) -> [InboundItem] {
    let root = try JSONValue(body: body, maximumBytes: maximumBytes)
    guard root.kind == .object else {
      throw ChannelError(.wrongShape, "body is \(root.kind.rawValue), not an object")
    }
    guard root["object"]?.string == "whatsapp_business_account" else {
      throw ChannelError(.wrongShape, "object is not whatsapp_business_account")
    }
    guard let entries = root["entry"]?.array else { throw ChannelError(.wrongShape, "entry is not an array") }
    var body = WhatsAppBody()
    for entry in entries { try body.readEntry(entry) }
    return body.items
  }

  private mutating func readEntry(_ entry: JSONValue) throws(ChannelError) {
    guard let changes = entry["changes"]?.array else { return try add(.other(kind: "malformed")) }
    for change in changes {
      let value = change["value"].flatMap { $0.kind == .object ? $0 : nil }
      switch (change["field"]?.string, value) {
      case ("messages"?, let value?): try readMessages(value)
      case ("smb_message_echoes"?, let value?): try readEchoes(value)
      case ("user_id_update"?, let value?): try readUpdates(value)
      case ("user_preferences"?, let value?): try readPreferences(value)
      case ("standby"?, let value?): try readStandby(value)
      case ("messaging_handovers"?, let value?):
        let account = Bounded.identifier(value["recipient"]?["phone_number_id"]?.string)
        try add(WhatsAppRouting.handover(value, account: account))
      case ("messages"?, nil), ("smb_message_echoes"?, nil), ("user_id_update"?, nil),
        ("user_preferences"?, nil), ("standby"?, nil), ("messaging_handovers"?, nil), (nil, _):
        try add(.other(kind: "malformed"))
      // Of before the number was connected, by either side.
      case ("history"?, _): try add(.other(kind: "history"))
      // Of a field that Meta added later, messages are messages all the same.
      case (_?, let value?) where value["messages"]?.array?.isEmpty == false: try readMessages(value)
      case (let field?, _):
        let notice = WhatsAppNotice.item(field: field, change: change, time: entry["time"]?.epochSeconds)
        try add(notice ?? .other(kind: Bounded.word(field)))
      }
    }
  }

  private mutating func readMessages(_ value: JSONValue) throws(ChannelError) {
    let before = items.count
    let account = account(value)
    let contacts = WhatsAppContacts(value["contacts"])
    for message in try elements(value["messages"]) {
      try add(WhatsAppMessage.item(message, contacts: contacts, account: account))
    }
    for status in try elements(value["statuses"]) {
      try add(WhatsAppStatus.item(status, contacts: contacts, account: account))
    }
    for _ in try elements(value["errors"]) { try add(.other(kind: "errors")) }
    if items.count == before { try add(.other(kind: "malformed")) }
  }

  private mutating func readEchoes(_ value: JSONValue) throws(ChannelError) {
    let before = items.count
    let contacts = WhatsAppContacts(value["contacts"])
    for message in try elements(value["message_echoes"]) {
      try add(WhatsAppEcho.item(message, contacts: contacts, account: account(value)))
    }
    if items.count == before { try add(.other(kind: "malformed")) }
  }

  private mutating func readUpdates(_ value: JSONValue) throws(ChannelError) {
    let before = items.count
    let contacts = WhatsAppContacts(value["contacts"])
    for update in try elements(value["user_id_update"]) {
      try add(WhatsAppMove.item(update: update, contacts: contacts, account: account(value)))
    }
    if items.count == before { try add(.other(kind: "malformed")) }
  }

  private mutating func readStandby(_ value: JSONValue) throws(ChannelError) {
    let before = items.count
    let (account, standby) = (account(value), value["standby"])
    let contacts = WhatsAppContacts(standby?["contacts"] ?? value["contacts"])
    for message in try elements(standby?["messages"]) {
      try add(
        WhatsAppRouting.standby(WhatsAppMessage.item(message, contacts: contacts, account: account)))
    }
    for status in try elements(standby?["statuses"]) {
      try add(WhatsAppRouting.standby(WhatsAppStatus.item(status, contacts: contacts, account: account)))
    }
    for _ in try elements(standby?["message_echoes"]) { try add(.other(kind: "standby")) }
    if items.count == before { try add(.other(kind: "standby")) }
  }

  private mutating func readPreferences(_ value: JSONValue) throws(ChannelError) {
    let before = items.count
    for preference in try elements(value["user_preferences"]) {
      try add(WhatsAppPreference.item(preference, account: account(value)))
    }
    if items.count == before { try add(.other(kind: "malformed")) }
  }

  /// Which of the business's numbers it came to.
  private func account(_ value: JSONValue) -> String? {
    Bounded.identifier(value["metadata"]?["phone_number_id"]?.string)
  }

  /// None when absent; counts what is there but no array.
  private mutating func elements(_ value: JSONValue?) throws(ChannelError) -> [JSONValue] {
    guard let value, !value.isNull else { return [] }
    if let elements = value.array { return elements }
    try add(.other(kind: "malformed"))
    return []
  }

  private mutating func add(_ item: InboundItem) throws(ChannelError) {
    guard items.count < Self.maximumItems else {
      throw ChannelError(.tooManyItems, "body has more than \(Self.maximumItems) items")
    }
    items.append(item)
  }
}
