import Contracts
import FoundationEssentials
import JSON

/// One event of an entry (Messenger Platform, "Webhook events").
struct MessengerEvent {
  private let event: JSONValue
  private let origin: InboundOrigin?
  /// Whether the page or account did it, not the contact.
  private let isOwn: Bool

  static func items(_ event: JSONValue, account: String?) -> [InboundItem] {
    guard let members = event.object else { return [.other(kind: "malformed")] }
    let reading = MessengerEvent(event, account: account)
    var unknown: (key: String, value: JSONValue)?
    for (key, value) in members where value.kind == .object {
      switch key {
      case "message": return [reading.message(value)]
      case "postback": return [reading.postback(value)]
      case "message_edit": return [reading.edit(value)]
      case "reaction": return [reading.reaction(value)]
      case "delivery": return reading.delivery(value)
      case "read": return [reading.read(value)]
      case "referral": return [reading.arrival(value, "referral", MessengerReferral.of(value))]
      case "optin":
        return [
          reading.consent(value) ?? reading.arrival(value, "optin", MessengerReferral.of(optin: value))
        ]
      case "pass_thread_control": return [reading.control(value)]
      case "sender", "recipient", "prior_message": continue
      // What a contact thinks of a message of ours, which it names.
      case "response_feedback": return [.other(kind: key)]
      default: unknown = unknown ?? (key, value)
      }
    }
    guard let unknown else { return [.other(kind: "malformed")] }
    return [reading.unknown(unknown.value) ?? .other(kind: Bounded.word(unknown.key))]
  }

  private init(_ event: JSONValue, account: String?) {
    self.event = event
    let sender = event["sender"]?["id"]?.messengerID
    let recipient = event["recipient"]?["id"]?.messengerID
    isOwn = event["message"]?["is_echo"]?.bool == true || (sender != nil && sender == account)
    origin = (isOwn ? recipient : sender).map {
      InboundOrigin(account: account, address: $0, name: nil, time: event["timestamp"]?.messengerTime)
    }
  }

  private func message(_ message: JSONValue) -> InboundItem {
    guard let origin else { return .other(kind: "message.without_sender") }
    guard let id = Bounded.identifier(message["mid"]?.string) else {
      return .other(kind: "message.without_id")
    }
    if message["is_deleted"]?.bool == true { return .deletion(InboundDeletion(target: id, origin: origin)) }
    if isOwn, let mark = MessengerEcho.mark(of: message) {
      return .status(InboundStatus(providerID: id, origin: origin, status: .sent, code: nil, mark: mark))
    }
    if isOwn, let writer = MessengerEcho.writer(of: message) { return .other(kind: "echo." + writer) }
    let item = InboundMessage(providerID: id, origin: origin, content: MessengerMessage.content(of: message))
    return isOwn ? .echo(item) : .message(item)
  }

  /// A message of a kind that Meta added later: kept as it came. nil for what has no message's id and is none.
  private func unknown(_ value: JSONValue) -> InboundItem? {
    guard let origin, !isOwn, let id = Bounded.identifier(value["mid"]?.string) else { return nil }
    return .message(
      InboundMessage(
        providerID: id, origin: origin,
        content: InboundContent(
          .unsupported, text: Bounded.text(value["text"]?.string), raw: value.serializedText)))
  }

  /// Also a choice from the menu, from the buttons that begin a conversation, or of an ice breaker.
  private func postback(_ postback: JSONValue) -> InboundItem {
    guard let origin, !isOwn else { return .other(kind: "postback.without_sender") }
    guard let id = Bounded.identifier(postback["mid"]?.string) ?? madeID("postback") else {
      return .other(kind: "postback.without_id")
    }
    let payload = Bounded.text(postback["payload"]?.string)
    let text = Bounded.text(postback["title"]?.string) ?? payload
    return .message(
      InboundMessage(
        providerID: id,
        origin: origin,
        content: InboundContent(
          text == nil ? .unsupported : .text,
          text: text,
          payload: payload,
          referral: postback["referral"].flatMap(MessengerReferral.of),
          raw: text == nil ? postback.serializedText : nil
        )
      )
    )
  }

  /// The contact came to the conversation by a link or an advertisement, or asked to be written to; they said
  /// nothing yet.
  private func arrival(_ value: JSONValue, _ kind: String, _ referral: Referral?) -> InboundItem {
    guard let origin, !isOwn else { return .other(kind: kind + ".without_sender") }
    guard let id = madeID(kind) else { return .other(kind: kind + ".without_id") }
    let content = InboundContent(
      .unsupported,
      payload: Bounded.text(value["payload"]?.string),
      referral: referral,
      raw: value.serializedText
    )
    return .message(InboundMessage(providerID: id, origin: origin, content: content))
  }

  /// The contact stopped or resumed marketing messages ("messaging_optins", `notification_messages_status`); nil for
  /// who asks to be written to for the first time.
  private func consent(_ optin: JSONValue) -> InboundItem? {
    let state: ConsentState
    switch optin["notification_messages_status"]?.string?.replacing("_", with: " ") {
    case "STOP NOTIFICATIONS": state = .optedOut
    case "RESUME NOTIFICATIONS": state = .optedIn
    default: return nil
    }
    guard let origin, !isOwn else { return .other(kind: "optin.without_sender") }
    guard let id = madeID("optin") else { return .other(kind: "optin.without_id") }
    return .consent(InboundConsent(providerID: id, origin: origin, scope: .marketing, state: state))
  }

  /// Who is told of it has the conversation now ("messaging_handovers"), unless that went to one of Meta's inboxes.
  private func control(_ control: JSONValue) -> InboundItem {
    guard let origin, !isOwn, let owner = control["new_owner_app_id"]?.messengerID,
      !MessengerEcho.isInbox(owner), let id = madeID("control")
    else { return .other(kind: "pass_thread_control") }
    return .control(InboundControl(providerID: id, origin: origin))
  }

  private func edit(_ edit: JSONValue) -> InboundItem {
    guard let origin else { return .other(kind: "edit.without_sender") }
    guard let target = Bounded.identifier(edit["mid"]?.string),
      let id = Bounded.identifier("\(target)/edit/\(edit["num_edit"]?.messengerID ?? time)")
    else { return .other(kind: "edit.without_id") }
    guard let text = Bounded.text(edit["text"]?.string) else { return .other(kind: "edit.without_text") }
    return .edit(
      InboundEdit(providerID: id, target: target, origin: origin, content: InboundContent(.text, text: text)))
  }

  private func reaction(_ reaction: JSONValue) -> InboundItem {
    guard let origin, !isOwn else { return .other(kind: "reaction.without_sender") }
    guard let target = Bounded.identifier(reaction["mid"]?.string),
      let id = Bounded.identifier("\(target)/reaction/\(time)")
    else { return .other(kind: "reaction.without_id") }
    let isTakenBack = reaction["action"]?.string == "unreact"
    let word = Bounded.name(reaction["emoji"]?.string) ?? Bounded.name(reaction["reaction"]?.string)
    return .reaction(
      InboundReaction(
        providerID: id, target: target, origin: origin, reactions: isTakenBack ? [] : [word ?? "other"]))
  }

  /// Names messages, a time up to which all are meant, or both.
  private func delivery(_ delivery: JSONValue) -> [InboundItem] {
    guard let origin else { return [.other(kind: "delivery.without_sender")] }
    let ids = (delivery["mids"]?.array ?? []).compactMap { Bounded.identifier($0.string) }
    var items = ids.map { id in
      InboundItem.status(InboundStatus(providerID: id, origin: origin, status: .delivered, code: nil))
    }
    if let until = delivery["watermark"]?.messengerTime {
      items.append(.progress(InboundProgress(origin: origin, status: .delivered, until: until)))
    }
    return items.isEmpty ? [.other(kind: "delivery.without_id")] : items
  }

  /// Messenger names a time, Instagram a message.
  private func read(_ read: JSONValue) -> InboundItem {
    guard let origin, !isOwn else { return .other(kind: "read.without_sender") }
    if let until = read["watermark"]?.messengerTime {
      return .progress(InboundProgress(origin: origin, status: .read, until: until))
    }
    guard let id = Bounded.identifier(read["mid"]?.string) else { return .other(kind: "read.without_id") }
    return .status(InboundStatus(providerID: id, origin: origin, status: .read, code: nil))
  }

  private var time: String { event["timestamp"]?.messengerID ?? "0" }

  /// For what has no id of its own: nobody does the same twice within a millisecond.
  private func madeID(_ kind: String) -> String? {
    guard let origin, origin.time != nil else { return nil }
    return Bounded.identifier("\(Self.madeMark)\(kind)/\(origin.address)/\(time)")
  }

  /// What ids begin with that were made here, and that the platform does not know.
  static let madeMark = "made/"
}
