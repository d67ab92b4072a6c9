@testable import API
import Contracts
import Dispatch
import Foundation
import HTTPClient
import JSON
import Postgres
import Projections
import TestKit
import Testing

/// What a message quotes is told as it happens, as the history tells it later.
struct LiveQuoteTests {
  @Test func aStreamNamesWhatAContactQuotes() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      @Sendable func say(_ text: String, id: MessageID, hmac: String, quoting quoted: String?) async throws {
        try await api.append(
          MessageReceived.self, talk,
          .init(
            message: id, conversation: talk.id, contact: talk.contact, connection: talk.connection,
            channel: talk.channel, kind: .text, providerHMAC: hmac, providerTime: nil, bytes: text.utf8.count,
            replyHMAC: quoted),
          private: .init(text: text, providerID: text))
      }
      let asked = MessageID(providerHMAC: "asked", in: api.tenant.id)
      try await say("Is it open?", id: asked, hmac: "asked", quoting: nil)
      let answer = try await api.reply("Until six.", in: talk)
      try await api.deliver(answer, in: talk, parts: ["first part"])
      try await api.untilProjected(talk, messages: 2)
      try await until("the delivery is known") {
        let shown = try await api.v1("GET", "/conversations/\(talk.id)").json
        return ["sent", "delivered"].contains(shown?["messages"]?[1]?["status"]?.string)
      }
      try await api.client.stream(
        HTTPRequest(
          url: "\(api.url)/v1/conversations/\(talk.id)/stream",
          headers: [("Authorization", "Bearer \(api.tenant.apiKey)")])
      ) { head, chunks in
        #expect(head.status == 200)
        let events = StreamEvents(chunks)
        try await events.untilHeartbeat()
        let quotes: [(String?, MessageID?)] = [
          (answer.description, answer), ("first part", answer), ("asked", asked), ("unknown", nil),
          (nil, nil),
        ]
        for (number, (hmac, quoted)) in quotes.enumerated() {
          try await say("m\(number)", id: MessageID(UUID.version7()), hmac: "h\(number)", quoting: hmac)
          var event = try await events.next()
          while event.json["text"]?.string != "m\(number)" { event = try await events.next() }
          #expect(event.json["reply_to"]?.string == quoted?.description, "\(number)")
        }
      }
    }
  }

  /// The only connection of the reads is held, as by a statement that does not end.
  @Test(.timeLimit(.minutes(5))) func aReadModelThatDoesNotAnswerHoldsNothingUp() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      let answer = try await api.reply("Until six.", in: talk)
      try await api.deliver(answer, in: talk, parts: ["first part"])
      let pool = PostgresPool(url: api.database.pool.url, connections: 1)
      defer { pool.shutdown() }
      let quotes = LiveQuotes(readModels: ReadModels(pool: pool), patience: .milliseconds(300))
      let asked: [TenantID: Set<String>] = [api.tenant.id: ["first part"]]
      let isFree = DispatchSemaphore(value: 0)
      pool.enqueue({ _ in isFree.wait() }, onRefusal: { Issue.record($0) })
      #expect(await quotes.messages(quoted: asked).isEmpty)
      #expect(await quotes.messages(quoted: asked).isEmpty)
      isFree.signal()
      try await until("it is known again") {
        await quotes.messages(quoted: asked)[api.tenant.id] == ["first part": answer]
      }
    }
  }
}
