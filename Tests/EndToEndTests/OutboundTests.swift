import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

/// What people order reaches the platform through the whole engine, and who opted out is left alone.
@Suite struct OutboundTests {
  private static let contact = "15550123"

  @Test(.timeLimit(.minutes(3)))
  func filesAndChoicesReachTheCustomerAndStopEndsIt() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let engine = try await installation.serve()
        try await installation.deliver(Webhook.text("Where is my order?", from: Self.contact, id: "o-1"))
        let conversation = try await eventually("the question was answered") {
          try await installation.conversations().first { $0.messages.count == 2 && $0.messages[1].rank > 1 }
        }
        try await send(installation, conversation.id)
        try await template(installation, conversation.id)
        try await stop(installation, conversation.id)
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }

  private func send(_ installation: Installation, _ conversation: String) async throws {
    let message = #"{"text":"Is it this one?","choices":[{"title":"Yes","payload":"yes"},{"title":"No"}]}"#
    let boundary = "part-of-the-test"
    func part(_ head: String, _ bytes: [UInt8]) -> [UInt8] {
      Array("--\(boundary)\r\nContent-Disposition: form-data; \(head)\r\n\r\n".utf8) + bytes
        + Array("\r\n".utf8)
    }
    let body =
      part("name=\"message\"\r\nContent-Type: application/json", Array(message.utf8))
      + part(
        "name=\"file\"; filename=\"coat.png\"\r\nContent-Type: image/png",
        [0x89, 0x50, 0x4E, 0x47, 0, 13, 10])
      + Array("--\(boundary)--\r\n".utf8)
    let status = try await installation.call(
      "POST", "/v1/conversations/\(conversation)/messages", body,
      type: "multipart/form-data; boundary=\(boundary)")
    #expect(status == 202)
    // The reply, the picture, the question with its buttons.
    let sends = try await eventually("all parts were sent") {
      let all = try await installation.sends()
      return all.count == 3 ? all : nil
    }
    #expect(sends.map { $0["type"]?.string } == ["text", "image", "interactive"])
    #expect(sends[1]["object"]?["id"]?.string?.isEmpty == false)
    let buttons = sends[2]["object"]?["action"]?["buttons"]
    #expect(buttons?[0]?["reply"]?["id"]?.string == "yes" && buttons?[1]?["reply"]?["id"]?.string == "No")
    let told = try await eventually("the message was read") {
      let last = try await installation.get("/v1/conversations/\(conversation)")["messages"]?.array?.last
      return last?["text"]?.string == "Is it this one?" && last?["status"]?.string == "read" ? last : nil
    }
    #expect(told["attachments"]?[0]?["state"]?.string == "stored")
    #expect(told["choices"]?[1]?["title"]?.string == "No")
  }

  private func template(_ installation: Installation, _ conversation: String) async throws {
    let body =
      #"{"template":{"name":"order_update","language":"en_US","variables":[{"text":"17"}],"category":"utility"}}"#
    let status = try await installation.call(
      "POST", "/v1/conversations/\(conversation)/messages", Array(body.utf8), type: "application/json")
    #expect(status == 202)
    let last = try await eventually("the template was sent") {
      let all = try await installation.sends()
      return all.count == 4 ? all.last : nil
    }
    #expect(last["type"]?.string == "template")
    #expect(last["object"]?["name"]?.string == "order_update")
  }

  private func stop(_ installation: Installation, _ conversation: String) async throws {
    try await installation.deliver(Webhook.text("STOP", from: Self.contact, id: "o-2"))
    try await eventually("the contact opted out") {
      let contact = try await installation.get("/v1/conversations/\(conversation)")["contact"]
      return contact?["consent"]?["all"]?.string == "opted-out" ? true : nil
    }
    let status = try await installation.call(
      "POST", "/v1/conversations/\(conversation)/messages", Array(#"{"text":"Wait!"}"#.utf8),
      type: "application/json")
    #expect(status == 202)
    let failed = try await eventually("the message failed") {
      let last = try await installation.get("/v1/conversations/\(conversation)")["messages"]?.array?.last
      return last?["text"]?.string == "Wait!" && last?["status"]?.string == "failed" ? last : nil
    }
    #expect(failed["error"]?.string == "opted-out")
    let messages = try await installation.get("/v1/conversations/\(conversation)")["messages"]?.array ?? []
    #expect(messages.first { $0["text"]?.string == "STOP" }?["error"]?.string == "opted-out")
    #expect(try await installation.sends().count == 4)
  }
}

extension Installation {
  fileprivate func call(_ method: String, _ path: String, _ body: [UInt8], type: String) async throws -> Int {
    try await place.client.send(
      HTTPRequest(
        method: method, url: place.engine + path,
        headers: [("Content-Type", type), ("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")")],
        body: body)
    ).status
  }

  /// Everything that the stand-in took, as it tells it.
  fileprivate func sends() async throws -> [JSONValue] {
    let response = try await place.client.send(HTTPRequest(url: "\(place.standIn)/sent?limit=1000"))
    return try JSONValue(parsing: response.body)["items"]?.array ?? []
  }
}
