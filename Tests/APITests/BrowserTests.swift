@testable import API
import Contracts
import Foundation
import TestKit
import Testing

/// The chat page in a real browser; the test plays the stages.
struct BrowserTests {
  @Test func aVisitorWritesReadsReloadsAndReconnects() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let browser = try Browser("\(api.url)/chat/\(api.tenant.webChat)")
      var chat: TestConversation?
      var isFinished = false
      let replyID = MessageID(UUID.version7())
      for await line in browser.lines {
        switch line {
        case "stream":
          let (_, content) = try #require(try await api.inbound().last)
          let opened = try await api.open(.webchat, address: try #require(content.sender))
          chat = opened
          try await api.hear(content, in: opened)
          api.hub.token(ChatDelta(reply: replyID, text: "Yes, "), of: opened.id)
          api.hub.token(ChatDelta(reply: replyID, text: "we"), of: opened.id)
        case "reply":
          let text =
            "Yes, we have oat, almond and soy. Oat is <b>not bold</b> but 30 cents more.\n\n"
            + "The whole list: https://example.com/menu?milk=oat."
          try await api.reply(text, in: try #require(chat), id: replyID)
        case "more":
          let word = String(repeating: "Donaudampfschifffahrt", count: 6)
          try await api.reply("One long word, to see that it breaks: \(word)", in: try #require(chat))
        case "away": try await api.reply("While you were away.", in: try #require(chat))
        case "back":
          #expect(try await api.inbound().count == 2)
          let (_, content) = try #require(try await api.inbound().last)
          try await api.hear(content, in: try #require(chat))
          try await api.reply("Still here.", in: try #require(chat))
        case "finished":
          isFinished = true
          continue
        default:
          Issue.record("the browser said: \(line)")
          continue
        }
        browser.answer()
      }
      #expect(isFinished, "chromium, chromium-driver (Debian) and selenium (PyPI) are needed")
    }
  }
}

extension TestAPI {
  /// What normalize makes of a web chat body.
  fileprivate func hear(_ content: WebhookReceived.Private, in chat: TestConversation) async throws {
    struct Body: Decodable {
      let id: String
      let text: String
    }
    let body = try JSONDecoder().decode(Body.self, from: Data(content.body.utf8))
    try await hear(body.text, in: chat, clientID: body.id)
  }
}

/// The visitor's program, `browser.py`.
private final class Browser: Sendable {
  let lines: AsyncStream<String>
  private let input = Pipe()

  init(_ url: String) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "browser.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script.path, url]
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    let (lines, continuation) = AsyncStream<String>.makeStream()
    self.lines = lines
    try process.run()
    let reading = Thread {
      var rest = ""
      while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
        rest += String(decoding: data, as: UTF8.self)
        while let end = rest.firstIndex(of: "\n") {
          continuation.yield(String(rest[..<end]))
          rest = String(rest[rest.index(after: end)...])
        }
      }
      process.waitUntilExit()
      continuation.finish()
    }
    reading.start()
  }

  func answer() { try? input.fileHandleForWriting.write(contentsOf: Data("done\n".utf8)) }
}
