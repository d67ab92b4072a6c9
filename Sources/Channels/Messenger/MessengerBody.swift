import JSON

/// The body of a webhook of the Messenger Platform: entries, each of one page or account, of events (Messenger
/// Platform, "Webhook events"; Instagram Messaging, "Webhooks").
///
/// An event is in `messaging`, or as the `value` of a change when the app is subscribed that way. What has no place
/// in a conversation, or cannot be attributed, is counted under these kinds:
///
/// | kind | what |
/// |---|---|
/// | `malformed` | an element of the wrong type, or an entry with nothing in it |
/// | `standby` | of a conversation that another app has, and neither what the contact said nor what a person wrote there |
/// | `pass_thread_control`, `take_thread_control` and others | the conversation goes from one app to another, and not to this one |
/// | `echo.app` | what another app sent; what this engine did becomes a status by its `SendMark` |
/// | `….without_id`, `….without_sender` | cannot be told from a repetition; nobody to answer |
/// | `edit.without_text` | Instagram reports changes of a message that are none of its text |
/// | any other word | a kind of event that names no message, or a field of changes such as comments |
struct MessengerBody {
  /// Meta puts up to 1,000 notifications into a body.
  static let maximumItems = 10_000

  private var items: [InboundItem] = []

  static func items(
    of body: [UInt8],
    maximumBytes: Int,
    platform: MessengerPlatform
  ) throws(ChannelError) -> [InboundItem] {
    let root = try JSONValue(body: body, maximumBytes: maximumBytes)
    guard root.kind == .object else {
      throw ChannelError(.wrongShape, "body is \(root.kind.rawValue), not an object")
    }
    guard root["object"]?.string == platform.object else {
      throw ChannelError(.wrongShape, "object is not \(platform.object)")
    }
    guard let entries = root["entry"]?.array else { throw ChannelError(.wrongShape, "entry is not an array") }
    var body = MessengerBody()
    for entry in entries { try body.readEntry(entry) }
    return body.items
  }

  private mutating func readEntry(_ entry: JSONValue) throws(ChannelError) {
    let before = items.count
    let account = entry["id"]?.messengerID
    for event in try elements(entry["messaging"]) { try add(MessengerEvent.items(event, account: account)) }
    for event in try elements(entry["standby"]) { try add(Self.standby(event, account: account)) }
    for change in try elements(entry["changes"]) {
      if let value = change["value"], value["sender"] != nil, value["recipient"] != nil {
        try add(MessengerEvent.items(value, account: account))
      } else if let field = change["field"]?.string {
        try add([.other(kind: Bounded.word(field))])
      } else {
        try add([.other(kind: "malformed")])
      }
    }
    if items.count == before { try add([.other(kind: "malformed")]) }
  }

  /// What is told of a conversation while another app has it ("Conversation control"). The contact's words are kept for
  /// people, and not for the agent to answer. Who writes from Meta's inbox takes the conversation with that, so this is
  /// where it is told; an echo that names nobody may be of another app.
  private static func standby(_ event: JSONValue, account: String?) -> [InboundItem] {
    MessengerEvent.items(event, account: account).map { item in
      switch item {
      case .message(let message): .message(message.onStandby)
      case .edit(let edit): .edit(edit.onStandby)
      case .echo where event["message"].map(MessengerEcho.isOfInbox) != true: .other(kind: "standby")
      case .control, .other: .other(kind: "standby")
      default: item
      }
    }
  }

  /// None when absent; counts what is there but no array.
  private mutating func elements(_ value: JSONValue?) throws(ChannelError) -> [JSONValue] {
    guard let value, !value.isNull else { return [] }
    if let elements = value.array { return elements }
    try add([.other(kind: "malformed")])
    return []
  }

  private mutating func add(_ new: [InboundItem]) throws(ChannelError) {
    guard items.count + new.count <= Self.maximumItems else {
      throw ChannelError(.tooManyItems, "body has more than \(Self.maximumItems) items")
    }
    items += new
  }
}
