import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

/// Files between a visitor of the web chat and the people of the company, through the whole engine.
@Suite struct VisitorFileTests {
  @Test(.timeLimit(.minutes(3)))
  func aVisitorsFileReachesTheAPIAndAnAnswersFileTheVisitor() async throws {
    let picture = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 7) }
    let answer: [UInt8] = [0x25, 0x50, 0x44, 0x46, 0, 13, 10, 0xFF]
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let engine = try await installation.serve()
        let chat = "/chat/\(installation.demo["AIGENTABLE_CHAT_CONNECTION"] ?? "")"
        let session = try await installation.visit("POST", chat + "/session")
        let token = try #require(try JSONValue(parsing: session.body)["visitor"]?.string)
        let message = """
          {"id":"\(UUID().uuidString.lowercased())","text":"It looks like this",
          "files":[{"name":"parcel.png","type":"image/png","data":"\(Data(picture).base64EncodedString())"}]}
          """
        #expect(try await installation.visit("POST", chat + "/messages", message, token).status == 202)

        // The message and its file are there for people, byte for byte, and the agent has answered.
        let conversation = try await eventually("the message was answered") {
          try await installation.conversations().first { $0.messages.count == 2 && $0.messages[1].isSettled }
        }
        let path = "/v1/conversations/\(conversation.id)"
        let file = try await eventually("the file is stored") {
          let told = try await installation.get(path)["messages"]?[0]?["attachments"]?[0]
          return told?["state"]?.string == "stored" ? told : nil
        }
        #expect(file["name"]?.string == "parcel.png" && file["kind"]?.string == "image")
        #expect(file["bytes"]?.int == Int64(picture.count))
        let id = try #require(file["id"]?.string)
        let key = "Bearer \(installation.demo["AIGENTABLE_API_KEY"] ?? "")"
        let stored = try await installation.fetch("/v1/attachments/\(id)", key)
        #expect(stored.status == 200 && stored.body == picture)
        #expect(try await installation.fetch("\(chat)/files/\(id)", "Bearer \(token)").body == picture)

        // A person's file goes the other way.
        let boundary = "part-of-the-test"
        func part(_ head: String, _ bytes: [UInt8]) -> [UInt8] {
          Array("--\(boundary)\r\nContent-Disposition: form-data; \(head)\r\n\r\n".utf8) + bytes
            + Array("\r\n".utf8)
        }
        let form =
          part("name=\"message\"\r\nContent-Type: application/json", Array(#"{"text":"Your label"}"#.utf8))
          + part("name=\"file\"; filename=\"label.pdf\"\r\nContent-Type: application/pdf", answer)
          + Array("--\(boundary)--\r\n".utf8)
        let composed = try await installation.place.client.send(
          HTTPRequest(
            method: "POST", url: installation.place.engine + path + "/messages",
            headers: [("Content-Type", "multipart/form-data; boundary=\(boundary)"), ("Authorization", key)],
            body: form))
        #expect(composed.status == 202)
        let shown = try await eventually("the visitor sees the file") {
          let messages = try await installation.visit("GET", chat + "/messages", "", token)
          let last = try JSONValue(parsing: messages.body)["items"]?.array?.last
          return last?["text"]?.string == "Your label" ? last?["attachments"]?[0] : nil
        }
        #expect(shown["name"]?.string == "label.pdf")
        let got = try await installation.fetch(
          "\(chat)/files/\(shown["id"]?.string ?? "")", "Bearer \(token)")
        #expect(got.status == 200 && got.body == answer)
        try await eventually("it counts as delivered") {
          let last = try await installation.get(path)["messages"]?.array?.last
          return ["sent", "delivered", "read"].contains(last?["status"]?.string) ? true : nil
        }
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }
}

extension Installation {
  fileprivate func visit(
    _ method: String, _ path: String, _ body: String = "", _ token: String? = nil
  ) async throws -> HTTPResponse {
    var headers = token.map { [("Authorization", "Bearer \($0)")] } ?? []
    if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
    return try await place.client.send(
      HTTPRequest(method: method, url: place.engine + path, headers: headers, body: Array(body.utf8)))
  }

  fileprivate func fetch(_ path: String, _ authorization: String) async throws -> HTTPResponse {
    try await place.client.send(
      HTTPRequest(url: place.engine + path, headers: [("Authorization", authorization)]))
  }
}
