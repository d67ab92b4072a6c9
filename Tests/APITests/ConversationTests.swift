@testable import API
import Contracts
import Foundation
import HTTPClient
import JSON
import Pipeline
import Postgres
import PostgresLog
import Projections
import TestKit
import Testing

struct ConversationTests {
  @Test func onlyCallersWithAKeyAreLetIn() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let none = try await api.call("GET", "/v1/conversations")
      #expect(none.status == 401 && none.problem == "unauthorised")
      #expect(none.headers["WWW-Authenticate"] == "Bearer")
      let wrong = try await api.call("GET", "/v1/conversations", bearer: "wrong")
      #expect(wrong.status == 401)
      // A key that was made after this process last looked is found.
      let other = try await api.provisionAnother()
      #expect(try await api.call("GET", "/v1/conversations", bearer: other.apiKey).status == 200)
    }
  }

  @Test func aKeyThatWasRevokedElsewhereStopsWorking() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      #expect(try await api.v1("GET", "/conversations").status == 200)
      let revoked = Event(
        id: EventID(UUID.version7()), type: APIKeyRevoked.type, topic: .tenants, key: StreamID(api.tenant.id),
        tenant: api.tenant.id, time: Date(), source: "/test",
        value: try APIKeyRevoked.value(.init(hash: APIKeyHash.of(api.tenant.apiKey))))
      _ = try await api.log.append([revoked])
      try await until("the key is refused") { try await api.v1("GET", "/conversations").status == 401 }
    }
  }

  @Test func aListIsReadPageByPageWithoutLossOrRepetition() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      var made: [ConversationID] = []
      for number in 0..<7 {
        let channel: Channel = number.isMultiple(of: 2) ? .whatsapp : .webchat
        let conversation = try await api.open(channel, address: "address \(number)", name: "Ada \(number)")
        try await api.hear("message \(number)", in: conversation)
        made.append(conversation.id)
        try await api.untilProjected(conversation, messages: 1)
      }
      var seen: [String] = []
      var cursor: String?
      repeat {
        let page = try await api.v1("GET", "/conversations?limit=3" + (cursor.map { "&after=\($0)" } ?? ""))
        seen += page.json?["items"]?.array?.compactMap { $0["id"]?.string } ?? []
        cursor = page.json?["next"]?.string
      } while cursor != nil
      #expect(seen == made.reversed().map(\.description))
      let first = try await api.v1("GET", "/conversations?channel=whatsapp&state=open&limit=1").json?[
        "items"]?[0]
      #expect(first?["contact"]?["name"]?.string == "Ada 6")
      #expect(first?["contact"]?["address"]?.string == "address 6")
      #expect(first?["last_message_text"]?.string == "message 6")
      #expect(first?["messages"]?.int == 1)
      for bad in [
        "limit=0", "limit=201", "limit=x", "after=!", "channel=fax", "state=odd", "limit=5&limit=5",
        "state=open&limit=5&state=resolved", "after=&after=",
      ] {
        let answer = try await api.v1("GET", "/conversations?\(bad)")
        #expect(answer.status == 400 && answer.problem == "invalid-parameter", "\(bad)")
      }
    }
  }

  @Test func everyPageOfAListReadsAnIndexInItsOrder() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let cursor = PageCursor(time: Date(), id: UUID())
      for channel in [nil, Channel.whatsapp] {
        for state in [nil, ConversationState.open] {
          for after in [nil, cursor] {
            let filter = ConversationReads.Filter(channel: channel, state: state, after: after, limit: 50)
            let statement = filter.statement(api.tenant.id)
            let plan = try await ReadModels(pool: api.database.pool).read(
              "conversations", tenant: api.tenant.id,
              [
                // A table of no rows would be read as a whole and sorted.
                PostgresStatement("set local enable_seqscan = off"),
                PostgresStatement("set local enable_bitmapscan = off"),
                PostgresStatement("explain " + statement.sql, statement.parameters),
              ]
            ) { rows in rows[2].map { $0.text(0) }.joined(separator: "\n") }
            #expect(plan.contains("Index Scan using conversation_list"), "\(statement.sql)\n\(plan)")
            // What is sorted is the consent of one contact, never the list.
            #expect(!plan.contains("Sort Key: conversation."), "\(statement.sql)\n\(plan)")
          }
        }
      }
    }
  }

  @Test func aConversationShowsItsMessagesInOrder() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let conversation = try await api.open(.whatsapp, address: "4917012345")
      let question = try await api.hear("one", in: conversation)
      let answer = try await api.reply("two", in: conversation, answers: [question])
      try await api.deliver(answer, in: conversation)
      try await api.hear("three", in: conversation)
      try await api.untilProjected(conversation, messages: 3)
      let detail = try await api.v1("GET", "/conversations/\(conversation.id)").json
      let messages = try #require(detail?["messages"]?.array)
      #expect(messages.map { $0["text"]?.string } == ["one", "two", "three"])
      #expect(messages[1]["status"]?.string == "sent")
      #expect(messages[1]["answers"]?[0]?.string == question.description)
      #expect(messages[1]["agent_version"]?.int == 1)
      #expect(messages[1]["passages"]?[0]?["score"]?.double == 0.5)
      #expect(messages[0]["provider_id"]?.string?.hasPrefix("4917012345/") == true)
      let last = try await api.v1("GET", "/conversations/\(conversation.id)?limit=2").json
      #expect(last?["messages"]?.array?.map { $0["text"]?.string } == ["two", "three"])
      let before = try #require(last?["previous"]?.string)
      let first = try await api.v1("GET", "/conversations/\(conversation.id)?limit=2&before=\(before)").json
      #expect(first?["messages"]?.array?.map { $0["text"]?.string } == ["one"])
      #expect(first?["previous"]?.isNull == true)
    }
  }

  /// The platform took both and refused them afterwards; the second with a code that nobody knows yet.
  @Test func aLateRefusalIsShownWithItsReasonAndItsCode() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let conversation = try await api.open(.whatsapp, address: "4917012345")
      for code in [131_047, 999_999] {
        let answer = try await api.reply("an answer", in: conversation)
        try await api.deliver(answer, in: conversation)
        try await api.append(
          MessageStatus.self, conversation,
          .init(
            conversation: conversation.id, connection: conversation.connection, channel: conversation.channel,
            providerHMAC: answer.description, status: .failed, providerTime: nil, code: code))
      }
      var messages: [JSONValue] = []
      try await until("both have failed") {
        let detail = try await api.v1("GET", "/conversations/\(conversation.id)")
        messages = detail.json?["messages"]?.array ?? []
        return messages.count == 2 && messages.allSatisfy { $0["status"]?.string == "failed" }
      }
      #expect(messages.map { $0["error"]?.string } == ["outside-window 131047", "999999"])
    }
  }

  @Test func whatIsAnotherTenantsIsNotFound() async throws {
    try await TestAPI.with(projections: ["conversations", "knowledge"]) { api in
      let other = try await api.provisionAnother()
      let theirs = try await api.open(.whatsapp, address: "1", of: other)
      let ours = try await api.open(.whatsapp, address: "2")
      try await api.untilProjected(ours, messages: 0)
      try await until("theirs is projected") {
        try await api.call("GET", "/v1/conversations/\(theirs.id)", bearer: other.apiKey).status == 200
      }
      let records = try await api.count(.conversations)
      for (method, path, body) in [
        ("GET", "/conversations/\(theirs.id)", nil), ("POST", "/conversations/\(theirs.id)/handover", nil),
        ("POST", "/conversations/\(theirs.id)/release", nil),
        ("POST", "/conversations/\(theirs.id)/resolve", nil),
        ("POST", "/conversations/\(theirs.id)/messages", #"{"text":"hello"}"#),
        ("POST", "/agents/\(other.agent)/versions", #"{"instructions":"x"}"#),
        ("DELETE", "/documents/\(UUID())", nil), ("GET", "/conversations/not-an-id", nil),
      ] {
        let answer = try await api.v1(method, path, body)
        #expect(answer.status == 404, "\(method) \(path): \(answer.text)")
      }
      #expect(try await api.count(.conversations) == records)
      let list = try await api.v1("GET", "/conversations").json?["items"]?.array
      #expect(list?.compactMap { $0["id"]?.string } == [ours.id.description])
    }
  }

  @Test func aPersonWritesTakesOverAndGivesBack() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let conversation = try await api.open(.whatsapp, address: "2")
      try await api.untilProjected(conversation, messages: 0)
      let path = "/conversations/\(conversation.id)"
      func state(_ expected: String) async throws {
        try await until("state is \(expected)") {
          try await api.v1("GET", path).json?["state"]?.string == expected
        }
      }
      #expect(try await api.v1("POST", path + "/handover").status == 202)
      try await state("handed-over")
      // Whoever else had it, it is theirs who took it.
      try await api.append(
        ConversationReleased.self, conversation,
        .init(conversation: conversation.id, reason: ConversationFacts.passed))
      let written = try await api.v1("POST", path + "/messages", #"{"text":"a person here ☕"}"#)
      #expect(written.status == 202)
      try await api.untilProjected(conversation, messages: 1)
      try await state("handed-over")
      let message = try await api.v1("GET", path).json?["messages"]?[0]
      #expect(message?["text"]?.string == "a person here ☕")
      #expect(message?["author"]?.string == "person")
      #expect(message?["id"]?.string == written.json?["id"]?.string)
      #expect(try await api.v1("POST", path + "/release").status == 202)
      try await state("open")
      #expect(try await api.v1("POST", path + "/resolve").status == 202)
      try await state("resolved")
      for bad in [#"{"text":"  "}"#, #"{"text":3}"#, "{}"] {
        #expect(try await api.v1("POST", path + "/messages", bad).problem == "invalid-content", "\(bad)")
      }
    }
  }

  @Test func aCommandWithAKeyHappensOnce() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let conversation = try await api.open(.whatsapp, address: "2")
      try await api.untilProjected(conversation, messages: 0)
      let before = try await api.count(.conversations)
      let path = "/conversations/\(conversation.id)/messages"
      let headers = [("Idempotency-Key", "order 17")]
      let first = try await api.v1("POST", path, #"{"text":"once"}"#, headers: headers)
      let second = try await api.v1("POST", path, #"{"text":"once"}"#, headers: headers)
      #expect(first.status == 202 && second.status == 202)
      #expect(first.text == second.text)
      #expect(try await api.count(.conversations) == before + 1)
      let other = try await api.v1(
        "POST", path, #"{"text":"once"}"#, headers: [("Idempotency-Key", "order 18")])
      #expect(other.text != first.text)
      let bad = try await api.v1(
        "POST", path, #"{"text":"x"}"#, headers: [("Idempotency-Key", String(repeating: "k", count: 256))])
      #expect(bad.status == 400)
    }
  }
}
