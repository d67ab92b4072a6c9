@testable import API
import Contracts
import Crypto
import Foundation
import JSON
import Keyring
import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import TestKit
import Testing

/// Parts of replies go from the process that writes them to those that stream them.
struct TokenTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  @Test func aPartOfAReplyReachesAStreamOfAnotherProcess() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      let first = try await api.hear("first", in: chat)
      try await api.untilProjected(chat, messages: 1)
      let key = try await api.key(of: chat)
      let overheard = Overheard()
      let eavesdropper = PostgresListener(
        url: api.database.pool.url, channels: [TokenHint.channel], onReconnect: {},
        onNotification: { overheard.add($1) })
      defer { eavesdropper.stop() }
      try await untilListening(2, on: api.database.pool)
      // What another process would have, over connections of its own.
      let sender = TokenSender(url: api.database.pool.url, logger: logger)
      let services = ServiceGroup(services: [sender], logger: logger)
      try await withThrowingTaskGroup { group in
        group.addTask { try await services.run() }
        try await api.stream(token) { events in
          #expect(try await events.next().json["id"]?.string == first.description)
          let reply = MessageID(UUID.version7())
          sender.add("Your secret ", to: reply, of: chat.id, key: key)
          sender.add("parcel", to: reply, of: chat.id, key: key)
          var text = ""
          while text != "Your secret parcel" {
            let delta = try await events.next()
            #expect(delta.name == "delta" && delta.id == nil)
            #expect(delta.json["reply"]?.string == reply.description)
            text += delta.json["text"]?.string ?? ""
          }
        }
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
      }
      let payloads = overheard.all
      #expect(!payloads.isEmpty)
      #expect(payloads.allSatisfy { !$0.contains("secret") && !$0.contains("parcel") })
    }
  }

  @Test func whatIsTooMuchIsDroppedAndTheRestArrives() async throws {
    try await TestDatabase.with { database in
      let overheard = Overheard()
      let listener = PostgresListener(
        url: database.pool.url, channels: [TokenHint.channel], onReconnect: {},
        onNotification: { overheard.add($1) })
      defer { listener.stop() }
      try await untilListening(1, on: database.pool)
      let sender = TokenSender(url: database.pool.url, logger: logger)
      let key = SealingKey(id: KeyID(UUID()), key: SymmetricKey(size: .bits256))
      let conversation = ConversationID(UUID())
      let text = String(repeating: "x", count: 1 << 10)
      for _ in 0..<1_000 { sender.add(text, to: MessageID(UUID()), of: conversation, key: key) }
      let services = ServiceGroup(services: [sender], logger: logger)
      try await withThrowingTaskGroup { group in
        group.addTask { try await services.run() }
        try await until("32 parts have come") { overheard.lines.count == 32 }
        let last = MessageID(UUID())
        sender.add("after", to: last, of: conversation, key: key)
        try await until("the next part has come") { overheard.lines.count == 33 }
        let deltas = overheard.lines.compactMap { TokenHint.Sealed($0[...])?.opened(with: key) }
        #expect(deltas.count == 33)
        #expect(deltas.last == .delta(ChatDelta(reply: last, text: "after")))
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
      }
    }
  }

  @Test func everyPayloadFitsANotification() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let lines = (0..<500).map { _ in
      String(repeating: "a", count: Int.random(in: 1...9_000, using: &random))
    }
    let payloads = TokenHint.payloads(lines)
    #expect(payloads.allSatisfy { $0.utf8.count < 8_000 }, "seed \(seed)")
    let kept = payloads.flatMap { $0.split(separator: "\n").map(String.init) }
    #expect(kept == lines.filter { $0.utf8.count < 8_000 }, "seed \(seed)")
  }

  @Test func aForgedLineSaysNothing() throws {
    let key = SealingKey(id: KeyID(UUID()), key: SymmetricKey(size: .bits256))
    let delta = ChatDelta(reply: MessageID(UUID()), text: "text")
    let conversation = ConversationID(UUID())
    let line = try TokenHint.seal(delta, of: conversation, with: key)
    #expect(TokenHint.Sealed(line[...])?.opened(with: key) == .delta(delta))
    let moved = line.replacing(conversation.description, with: ConversationID(UUID()).description)
    #expect(TokenHint.Sealed(moved[...])?.opened(with: key) == nil)
    let other = SealingKey(id: key.id, key: SymmetricKey(size: .bits256))
    #expect(TokenHint.Sealed(line[...])?.opened(with: other) == nil)
    for bad in ["", " ", "x y", "\(conversation)", "\(conversation) x", String(line.dropLast(40))] {
      #expect(TokenHint.Sealed(bad[...])?.opened(with: key) == nil, "\(bad)")
    }
  }
}

/// What a listener heard.
private final class Overheard: Sendable {
  private let payloads = Mutex<[String]>([])

  func add(_ payload: String) { payloads.withLock { $0.append(payload) } }
  var all: [String] { payloads.withLock { $0 } }
  var lines: [String] { all.flatMap { $0.split(separator: "\n").map(String.init) } }
}

/// Waits until so many connections listen for parts of replies.
private func untilListening(_ count: Int, on pool: PostgresPool) async throws {
  try await until("\(count) listen") {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select count(*) from pg_stat_activity
        where datname = current_database() and state = 'idle' and query = 'listen ' || $1
        """, [.text(TokenHint.channel)])[0].int8(0) >= count
    }
  }
}

extension TestAPI {
  fileprivate func key(of chat: TestConversation) async throws -> SealingKey {
    let id = KeyID(chat.contact.uuid)
    let keys = try await database.pool.withConnection { [keyring] in try keyring.keys([id], on: $0) }
    return try #require(keys[id])
  }
}
