import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Postgres
import PostgresLog
import TestKit
import Testing

@Suite struct NoticeTests {
  @Test func whatCameToAnAccountThatNoPersonWroteIsListedTheLatestFirst() async throws {
    try await TestAPI.with(projections: ["connections", "conversations"]) { api in
      let connection = api.tenant.whatsApp
      let path = "/connections/\(connection)/notices"
      let chat = try await api.open(.whatsapp, address: "1")
      let answer = try await api.reply("an answer", in: chat)
      try await api.deliver(answer, in: chat)
      let time = Date(timeIntervalSince1970: 1_790_000_000)
      for (number, kind) in ["bounce", "bulk", "auto-reply"].enumerated() {
        try await api.notify(
          connection, kind, at: time.addingTimeInterval(Double(number)),
          answering: kind == "auto-reply" ? answer.description : nil)
      }
      try await api.notify(api.tenant.webChat, "loop", at: time)
      func kinds(_ query: String = "") async throws -> (kinds: [String], next: String?) {
        let page = try await api.v1("GET", path + query)
        return (
          page.json?["items"]?.array?.compactMap { $0["kind"]?.string } ?? [], page.json?["next"]?.string
        )
      }
      try await until("all are listed, with what is answered") {
        let page = try await api.v1("GET", path)
        return page.json?["items"]?.array?.count == 3 && page.json?["items"]?[0]?["message"] != nil
      }
      let first = try #require(try await api.v1("GET", path).json?["items"]?[0])
      #expect(first["message"]?.string == "\(answer)" && first["conversation"]?.string == "\(chat.id)")
      let page = try await kinds("?limit=2")
      #expect(page.kinds == ["auto-reply", "bulk"])
      let rest = try await kinds("?limit=2&after=\(try #require(page.next))")
      #expect(rest.kinds == ["bounce"] && rest.next == nil)
      #expect(try await api.v1("GET", path + "?after=x").status == 400)
      #expect(try await api.v1("GET", "/connections/\(ConnectionID(UUID()))/notices").status == 404)
      let others = try await api.v1("GET", "/connections/\(api.tenant.webChat)/notices")
      #expect(others.json?["items"]?[0]?["kind"]?.string == "loop")
    }
  }
}

extension TestAPI {
  /// - Parameter answering: HMAC of the provider's id of a message.
  fileprivate func notify(
    _ connection: ConnectionID, _ kind: String, at time: Date, answering: String? = nil
  ) async throws {
    let id = KeyID(tenant.id.uuid)
    let keys = try await database.pool.withConnection { [keyring] in try keyring.keys([id], on: $0) }
    let event = Event(
      id: EventID(UUID.version7()), type: ConnectionNotified.type, topic: ConnectionNotified.topic,
      key: StreamID(connection), tenant: tenant.id, time: time, source: "/test",
      value: try ConnectionNotified.value(
        .init(connection: connection, channel: .email, kind: kind, providerTime: nil, replyHMAC: answering),
        private: .init(raw: "{}"), sealedWith: keys[id]))
    _ = try await log.append([event])
  }
}
