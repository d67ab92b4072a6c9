import Contracts
import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

extension TestAPI {
  /// A new visitor's token.
  func visitor() async throws -> String {
    let answer = try await call("POST", "/chat/\(tenant.webChat)/session")
    #expect(answer.status == 201)
    return try #require(answer.json?["visitor"]?.string)
  }

  /// The visitor's id, which is in the token.
  func address(of token: String) throws -> String {
    let id = try #require(token.split(separator: ".").first.flatMap { Base64URL.decode(Array($0.utf8)) })
    return try #require(UUID(bytes: id)).uuidString.lowercased()
  }

  func say(_ body: String, _ token: String) async throws -> Answer {
    try await call("POST", "/chat/\(tenant.webChat)/messages", body, bearer: token)
  }

  func stream(
    _ token: String, lastEventID: String? = nil, _ body: (StreamEvents) async throws -> Void
  ) async throws {
    let headers = lastEventID.map { [("Last-Event-ID", $0)] } ?? []
    try await client.stream(
      HTTPRequest(url: "\(url)/chat/\(tenant.webChat)/stream?token=\(token)", headers: headers)
    ) { head, chunks in
      #expect(head.status == 200)
      #expect(head.headers["Content-Type"] == "text/event-stream")
      try await body(StreamEvents(chunks))
    }
  }

  /// The texts of the next messages on a fresh stream, and the position of the last.
  func take(_ count: Int, _ token: String, after: String) async throws -> ([String], String?) {
    var texts: [String] = []
    var id: String?
    try await stream(token, lastEventID: after) { events in
      while texts.count < count {
        let event = try await events.next()
        guard event.name == "message" else { continue }
        texts.append(event.json["text"]?.string ?? "")
        id = event.id
      }
    }
    return (texts, id)
  }
}

/// Reads a stream of server-sent events as a browser does.
final class StreamEvents {
  struct Event {
    let name: String
    let id: String?
    let json: JSONValue
  }

  private var chunks: BodyChunks.Iterator
  private var buffer = ""
  /// How many events have come.
  private(set) var seen = 0

  init(_ chunks: BodyChunks) { self.chunks = chunks.makeAsyncIterator() }

  /// The next event; comments and settings are passed over.
  func next() async throws -> Event {
    while true {
      let block = try await self.block()
      var fields: [String: String] = [:]
      for line in block.split(separator: "\n") {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { continue }
        fields[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
      }
      guard let data = fields["data"] else { continue }
      seen += 1
      return Event(
        name: fields["event"] ?? "message", id: fields["id"], json: try JSONValue(parsing: Array(data.utf8)))
    }
  }

  /// A heartbeat says that the stream stands and that nothing else waits before it.
  func untilHeartbeat() async throws {
    while true {
      let block = try await self.block()
      if block.hasPrefix(":") { return }
      if block.contains("data:") { seen += 1 }
    }
  }

  /// Reads on to the end of the body, which must come properly.
  func untilEnd() async throws { while try await chunks.next() != nil {} }

  private func block() async throws -> String {
    while true {
      if let end = buffer.range(of: "\n\n") {
        let block = String(buffer[..<end.lowerBound])
        buffer = String(buffer[end.upperBound...])
        return block
      }
      guard let bytes = try await chunks.next() else { throw TestSetupError("the stream ended") }
      buffer += String(decoding: bytes, as: UTF8.self)
    }
  }
}
