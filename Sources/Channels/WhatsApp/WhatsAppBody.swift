import JSON

/// The body of a WhatsApp webhook: entries of changes, each of one field (WhatsApp Cloud API, "Webhooks").
///
/// Only the field `messages` concerns conversations; a change of any other becomes one `other` of the
/// field's name. So does `smb_message_echoes`: what the company writes in its own WhatsApp app is not read
/// yet. What has no place in a conversation, or cannot be attributed, is counted under these kinds:
///
/// | kind | what |
/// |---|---|
/// | `malformed` | an element of the wrong type, or a change of `messages` with nothing in it |
/// | `errors` | an error about the account |
/// | `system.…` | a notice about a contact, such as a new number: nobody wrote it |
/// | `message.without_id`, `status.without_id` | cannot be told from a repetition |
/// | `message.without_sender`, `status.without_recipient` | nobody to answer |
/// | `status.…` | a status that is no step of a delivery, such as `status.deleted` |
/// | `status.group` | what became of a message to a group; none is ever sent |
struct WhatsAppBody {
  /// Meta sends up to 3 MB.
  static let maximumBytes = 4 << 20
  /// Meta puts up to 1,000 notifications into a body.
  static let maximumItems = 10_000

  private var items: [InboundItem] = []

  static func items(of body: [UInt8]) throws(ChannelError) -> [InboundItem] {
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
      if let field = change["field"]?.string, field != "messages" {
        try add(.other(kind: Bounded.word(field)))
      } else if change["field"] != nil, let value = change["value"], value.kind == .object {
        try readMessages(value)
      } else {
        try add(.other(kind: "malformed"))
      }
    }
  }

  private mutating func readMessages(_ value: JSONValue) throws(ChannelError) {
    let before = items.count
    let account = Bounded.identifier(value["metadata"]?["phone_number_id"]?.string)
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
