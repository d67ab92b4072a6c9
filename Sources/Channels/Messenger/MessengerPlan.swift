import Contracts

/// What is to be sent for one message, in its order: files, then the text in parts, then cards to choose from.
struct MessengerPlan {
  /// A text of more parts is refused: it is a fault of whoever wrote it, not a message.
  static let maximumParts = 10

  struct Rejection: Error {
    let reason: String
  }

  let files: [OutboundAttachment]
  let messages: [MessengerRequest.Message]
  private let frame: MessengerRequest
  private let id: MessageID
  private let isMarked: Bool

  init(_ message: OutboundMessage, platform: MessengerPlatform) throws(Rejection) {
    guard let address = Bounded.identifier(message.address) else {
      throw Rejection(reason: "invalid-recipient")
    }
    frame = try Self.frame(for: message, to: address, platform: platform)
    // Instagram documents none; its echoes name the app.
    isMarked = platform == .messenger
    id = message.id
    files = message.attachments
    messages = try Self.messages(of: message, limit: platform.textLimit)
    guard !files.isEmpty || !messages.isEmpty else {
      throw Rejection(reason: message.template == nil ? "empty-text" : "unsupported")
    }
  }

  /// How many messages it becomes; an upload is none.
  var count: Int { files.count + messages.count }

  /// - Parameter number: of the part; only the first answers what the whole answers.
  func request(_ message: MessengerRequest.Message, number: Int) -> MessengerRequest {
    var request = frame
    request.message = message
    if isMarked {
      request.message?.metadata = MessengerEcho.metadata(of: SendMark(id, number: number, of: count))
    }
    if number > 0 { request.reply_to = nil }
    return request
  }

  /// Free text within a day of the contact's last word, and within a week what a person wrote ("Send API",
  /// `messaging_type`; "Human agent").
  private static func frame(
    for message: OutboundMessage,
    to address: String,
    platform: MessengerPlatform
  ) throws(Rejection) -> MessengerRequest {
    var request = MessengerRequest(to: address)
    if MetaWindow.isOpen(MetaWindow.standard, for: message.context) {
      request.messaging_type = platform == .messenger ? "RESPONSE" : nil
    } else if message.context.isByPerson, MetaWindow.isOpen(MetaWindow.person, for: message.context) {
      request.messaging_type = "MESSAGE_TAG"
      request.tag = "HUMAN_AGENT"
    } else {
      throw Rejection(reason: "outside-window")
    }
    if let target = Bounded.identifier(message.replyTo), !target.hasPrefix(MessengerEvent.madeMark) {
      request.reply_to = MessengerRequest.Reply(mid: target)
    }
    return request
  }

  private static func messages(
    of message: OutboundMessage,
    limit: (count: Int, unit: TextParts.Unit)
  ) throws(Rejection) -> [MessengerRequest.Message] {
    var text = MarkedText.from(markdown: message.text, marks: .none)
    if let subject = message.subject, !subject.isEmpty { text = subject + "\n\n" + text }
    // Neither service has a form for places and address cards.
    if let cards = message.plainCards { text = text.isEmpty ? cards : text + "\n\n" + cards }
    var parts = try split(text, limit)
    let choices = MessengerChoices(message.choices, after: parts.last)
    if case .list(let lines) = choices { parts = try split(text + "\n\n" + lines, limit) }
    var messages = parts.map { MessengerRequest.Message(text: $0) }
    switch choices {
    case .none, .list: break
    case .quickReplies(let replies): messages[messages.count - 1].quick_replies = replies
    case .buttons(let buttons):
      messages[messages.count - 1] = template(
        .init(template_type: "button", text: parts.last, buttons: buttons))
    case .cards(let elements):
      messages.append(template(.init(template_type: "generic", elements: elements)))
    }
    return messages
  }

  private static func split(
    _ text: String,
    _ limit: (count: Int, unit: TextParts.Unit)
  ) throws(Rejection) -> [String] {
    guard
      let parts = TextParts.split(text, limit: limit.count, unit: limit.unit, maximumParts: maximumParts)
    else { throw Rejection(reason: "text-too-long") }
    return parts
  }

  private static func template(_ payload: MessengerRequest.Payload) -> MessengerRequest.Message {
    MessengerRequest.Message(attachment: MessengerRequest.Attachment(type: "template", payload: payload))
  }
}
