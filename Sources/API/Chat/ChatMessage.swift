import Contracts
import Foundation
import Markdown

/// A message as a visitor sees it.
struct ChatMessage: Encodable, Sendable, Equatable {
  let id: MessageID
  /// The id that the page gave it, of a message that the visitor wrote.
  let clientID: String?
  /// `inbound` from the visitor, `outbound` to them.
  let direction: String
  /// `contact`, `agent` or `person`.
  let author: String
  let text: String?
  /// What the Markdown of an outbound `text` means; nil where it is as it looks.
  let html: String?
  let at: Date
  let status: String
  let answers: [MessageID]
  let attachments: [ChatFile]?
  /// What the visitor may choose from.
  let choices: [MessageChoice]?
  /// The message that it quotes.
  let replyTo: MessageID?
  /// `partition:offset`
  let position: String

  enum CodingKeys: String, CodingKey {
    case id
    case clientID = "client_id"
    case direction, author, text, html, at, status, answers, attachments, choices
    case replyTo = "reply_to"
    case position
  }

  init(
    id: MessageID, clientID: String?, direction: String, author: String, text: String?, at: Date,
    status: String, answers: [MessageID], attachments: [ChatFile]?, choices: [MessageChoice]?,
    replyTo: MessageID?, position: String
  ) {
    self.id = id
    self.clientID = clientID
    self.direction = direction
    self.author = author
    self.text = text
    html = direction == "outbound" ? text.flatMap(Self.html) : nil
    self.at = at
    self.status = status
    self.answers = answers
    self.attachments = attachments
    self.choices = choices
    self.replyTo = replyTo
    self.position = position
  }

  private static func html(_ text: String) -> String? {
    let html = Markdown.html(text)
    return html == "<p>\(text)</p>\n" ? nil : html
  }

  /// The id that a page chose, out of a provider id: see `WebChatChannel`.
  static func clientID(of providerID: String?) -> String? {
    guard let providerID, let slash = providerID.lastIndex(of: "/") else { return nil }
    return String(providerID[providerID.index(after: slash)...])
  }
}

/// A file of a message, at `/chat/{connection}/files/{id}` once it is stored.
struct ChatFile: Codable, Sendable, Equatable {
  let id: AttachmentID
  let kind: AttachmentKind
  let name: String?
  let mediaType: String?
  let bytes: Int?
  /// `fetching`, `stored` or `failed`.
  let state: String

  enum CodingKeys: String, CodingKey {
    case id, kind, name
    case mediaType = "media_type"
    case bytes, state
  }

  static func of(
    _ facts: [AttachmentFacts]?, names: [(AttachmentID, String?)], state: String
  ) -> [ChatFile]? {
    let names = Dictionary(names) { first, _ in first }
    return facts?.map {
      ChatFile(
        id: $0.attachment, kind: $0.kind, name: names[$0.attachment] ?? nil, mediaType: $0.mediaType,
        bytes: $0.bytes, state: state)
    }
  }
}

/// What became of a file that a visitor may see already.
struct ChatFileEnd: Encodable, Sendable, Equatable {
  let id: AttachmentID
  let message: MessageID
  let state: String
}

/// Someone writes; a hint that may be lost and fades within seconds.
struct ChatTyping: Encodable, Sendable, Equatable {
  /// `contact` or `person`.
  let author: String
}

/// What became of a message that a visitor may see already.
struct ChatStatus: Encodable, Sendable, Equatable {
  let id: MessageID
  /// Outbound: `queued`, `sent`, `failed`, `uncertain`, `delivered`, `read`. Inbound: `unanswered`.
  let status: String
}

/// A part of a reply that is being written; a hint that may be lost.
struct ChatDelta: Codable, Sendable, Equatable {
  let reply: MessageID
  let text: String
  /// What the whole reply up to here means, where that is not as it looks: in the place of all that was told of it.
  let html: String?

  init(reply: MessageID, text: String, html: String? = nil) {
    self.reply = reply
    self.text = text
    self.html = html
  }
}
