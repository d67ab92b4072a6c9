import Contracts
import JSON

/// The calls that one message becomes, but for where they go.
///
/// A place and address cards go first, then files, each by itself; the text is the caption of the last file if it fits,
/// else it follows in messages of its own. An answer's mark is on the first call, the buttons are under the last.
struct TelegramDraft {
  /// "Text of the message to be sent", after its marks are read.
  static let maximumPartLength = 4_096
  static let maximumCaptionLength = 1_024
  /// A text of more parts is refused: it is a fault of whoever wrote it, not a message.
  static let maximumParts = 10
  static let maximumFileBytes = 50 << 20
  static let maximumPhotoBytes = 10 << 20

  private(set) var requests: [TelegramRequest] = []

  /// Why a message cannot be one, as in `SendOutcome`.
  struct Refused: Error {
    let reason: String
  }

  init(_ message: OutboundMessage, to place: TelegramPlace) throws(Refused) {
    if message.attachments.contains(where: { $0.bytes.count > Self.maximumFileBytes }) {
      throw Refused(reason: "too-large")
    }
    let keyboard = TelegramKeyboard(message.choices)
    let markdown = [message.text, keyboard.list].filter { !$0.isEmpty }.joined(separator: "\n\n")
    guard var text = TelegramMarkdown.text(markdown) else { throw Refused(reason: "text-too-long") }
    if let subject = message.subject, !subject.isEmpty {
      text.runs.insert(.init(text: subject + "\n\n", tags: [.init(id: 0, open: "<b>", close: "</b>")]), at: 0)
    }

    let cards = TelegramCards(message)
    if let lines = cards.lines {
      text.runs.append(.init(text: (text.runs.isEmpty ? "" : "\n\n") + lines, tags: []))
    }
    requests = cards.requests + message.attachments.map(TelegramUpload.request)
    if let file = message.attachments.last, file.kind != .sticker,
      let caption = text.parts(limit: Self.maximumCaptionLength, maximumParts: 1)
    {
      if let caption = caption.first {
        requests[requests.count - 1].add(["caption": caption, "parse_mode": "HTML"])
      }
    } else {
      guard let parts = text.parts(limit: Self.maximumPartLength, maximumParts: Self.maximumParts) else {
        throw Refused(reason: "text-too-long")
      }
      requests += parts.map { TelegramRequest("sendMessage", ["text": $0, "parse_mode": "HTML"]) }
    }
    guard !requests.isEmpty else {
      throw Refused(reason: message.template == nil ? "empty-text" : "unsupported")
    }
    if let number = message.replyTo.flatMap(place.number) {
      requests[0].add(["reply_parameters": "{\"message_id\":\(number),\"allow_sending_without_reply\":true}"])
    }
    requests[requests.count - 1].add(["reply_markup": keyboard.markup])
  }
}

extension TelegramRequest {
  mutating func add(_ more: [String: String?]) {
    fields.merge(more.compactMapValues { $0 }) { _, new in new }
  }
}

extension TelegramPlace {
  /// As each call that sends names where to.
  var fields: [String: String?] {
    [
      "chat_id": "\(chat)", "message_thread_id": topic.map { "\($0)" }, "business_connection_id": business,
    ]
  }
}
