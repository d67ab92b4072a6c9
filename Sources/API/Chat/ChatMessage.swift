import Contracts
import Foundation

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
  let at: Date
  let status: String
  let answers: [MessageID]
  /// `partition:offset`
  let position: String

  enum CodingKeys: String, CodingKey {
    case id
    case clientID = "client_id"
    case direction, author, text, at, status, answers, position
  }

  /// The id that a page chose, out of a provider id: see `WebChatChannel`.
  static func clientID(of providerID: String?) -> String? {
    guard let providerID, let slash = providerID.lastIndex(of: "/") else { return nil }
    return String(providerID[providerID.index(after: slash)...])
  }
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
}
