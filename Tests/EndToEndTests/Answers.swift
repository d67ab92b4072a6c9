import HTTPClient
import JSON
import TestKit

/// A message as the engine's API tells it.
struct Message: Decodable, Equatable {
  let id: String
  let direction: String
  let text: String?
  let status: String
  let answers: [String]

  /// How far an outbound message has come; it never gets less.
  var rank: Int {
    ["queued", "uncertain", "sent", "failed", "delivered", "read"].firstIndex(of: status) ?? -1
  }

  /// Nothing more is to happen to it but its statuses.
  var isSettled: Bool { direction == "inbound" || rank > 0 }
}

/// A conversation as the engine's API tells it.
struct Conversation: Decodable, Equatable {
  struct Contact: Decodable, Equatable { let address: String? }

  let id: String
  let contact: Contact
  var messages: [Message]
}

/// A text that the stand-in took.
struct Sent: Decodable {
  let number: Int
  let to: String
  let text: String
  /// The id of the message, as the engine gave it.
  let biz_opaque_callback_data: String?
}

extension Installation {
  private struct Page: Decodable {
    struct Item: Decodable { let id: String }
    let items: [Item]
    let next: String?
  }

  /// Every conversation with its messages.
  func conversations() async throws -> [Conversation] {
    var all: [Conversation] = []
    var after = ""
    while true {
      let page = try JSON.decode(Page.self, from: try await get("/v1/conversations?limit=100\(after)"))
      for item in page.items {
        all.append(try JSON.decode(Conversation.self, from: try await get("/v1/conversations/\(item.id)")))
      }
      guard let next = page.next else { return all }
      after = "&after=\(next)"
    }
  }

  /// Everything that the stand-in took, in that order.
  func sent() async throws -> [Sent] {
    struct Page: Decodable { let items: [Sent] }
    let response = try await place.client.send(HTTPRequest(url: "\(place.standIn)/sent?limit=100000"))
    return try JSON.decode(Page.self, from: response.body).items
  }

  /// How many sends repeat an earlier one.
  func repeatedSends() async throws -> Int64? {
    let response = try await place.client.send(HTTPRequest(url: "\(place.standIn)/sent?duplicates"))
    return try JSONValue(parsing: response.body)["repeats"]?.int
  }

  /// Waits until the demo's documents can be found.
  func indexed() async throws {
    try await eventually("the documents are indexed") {
      let documents = try await get("/v1/documents")["items"]?.array ?? []
      return !documents.isEmpty && documents.allSatisfy { $0["state"]?.string == "indexed" } ? true : nil
    }
  }

  /// Waits until so many replies were sent and stand in the read model.
  func answered(_ count: Int) async throws {
    try await eventually("\(count) replies are shown") {
      let shown = try await conversations().first?.messages.count { $0.direction == "outbound" } ?? 0
      return try await sent().count >= count && shown >= count ? true : nil
    }
  }
}
