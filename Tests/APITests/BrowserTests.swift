@testable import API
import Channels
import Contracts
import Foundation
import JSON
import TestKit
import Testing

/// The chat in a real browser, as our own page and on a site of its own; the test plays the stages.
struct BrowserTests {
  @Test func aVisitorWritesReadsReloadsAndReconnects() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let browser = try Browser("chat_page.py", ["\(api.url)/chat/\(api.tenant.webChat)"])
      var chat: TestConversation?
      let replyID = MessageID(UUID.version7())
      try await browser.run { line in
        switch line {
        case "stream":
          let opened = try await api.openLast()
          chat = opened
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
          try await api.hearLast(in: try #require(chat))
          try await api.reply("Still here.", in: try #require(chat))
        default: Issue.record("the browser said: \(line)")
        }
      }
    }
  }

  @Test func aShopEmbedsTheWidget() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let snippet = try #require(
        try await api.v1("GET", "/connections/\(api.tenant.webChat)/embed").json?["snippet"]?.string)
      let browser = try Browser(
        "widget.py", [snippet.replacing("https://chat.example", with: api.url), api.tenant.appSecret])
      var chat: TestConversation?
      try await browser.run { line in
        switch line {
        case _ where line.hasPrefix("allow "):
          let settings = """
            {"widget":{"allowed_origins":["\(line.dropFirst(6))"],"color":"#0a7d5a","position":"left",
              "pre_chat":[{"name":"email","required":true}],"quick_replies":["Where is my order?","Returns"],
              "texts":[{"key":"title","text":"Larkfield Outdoor"},{"key":"subtitle","text":"We answer at once"}]}}
            """
          let set = try await api.v1("PUT", "/connections/\(api.tenant.webChat)/settings", settings)
          #expect(set.status == 200, "\(set.text)")
        case "first":
          let (_, content) = try #require(try await api.inbound().last)
          #expect(content.body.contains("zoe@example.com"))
          chat = try await api.openLast()
        case "typing":
          let chat = try #require(chat)
          try await api.untilProjected(chat, messages: 1)
          #expect(try await api.v1("POST", "/conversations/\(chat.id)/typing").status == 202)
        case "offer":
          let message = #"{"text":"Is it this one?","choices":[{"title":"Yes, that one","payload":"yes"},{"title":"No"}]}"#
          let form = Form(boundary: "b").part("message", type: "application/json", Array(message.utf8))
            .file("coat.png", type: "image/png", try #require(Data(base64Encoded: Self.png)).map { $0 })
          #expect(try await api.send(form, to: "/conversations/\(try #require(chat).id)/messages", key: "k").status == 202)
        case "chosen":
          let (_, content) = try #require(try await api.inbound().last)
          let items = try WebChatChannel().parse(content.body, sender: content.sender)
          guard case .message(let message)? = items.first else { throw TestSetupError("no message") }
          #expect(message.content.payload == "yes" && message.content.text == "Yes, that one")
          try await api.hearLast(in: try #require(chat))
        case "file":
          let (event, _) = try #require(try await api.inbound().last)
          #expect(try WebhookReceived.read(event).facts.blob != nil)
          #expect(try WebhookReceived.read(event).facts.bytes > 100)
        case "away":
          try await api.reply("Your order is on its way.", in: try #require(chat))
          try await api.untilProjected(try #require(chat), messages: 4)
        case "verified":
          let (_, content) = try #require(try await api.inbound().last)
          #expect(content.body.contains(#""verified":true"#) && content.body.contains("Ada"))
          let known = try await api.openLast()
          #expect(known.address != chat?.address)
          try await api.untilProjected(known, messages: 1)
        default: Issue.record("the browser said: \(line)")
        }
      }
    }
  }

  /// 48 by 32 pixels.
  private static let png =
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAgCAIAAADbtmxLAAAAMUlEQVR42u3OQQ0AAAgEoItjJpMY3xbOBxsBSE2/EiEhISEhISEhISEhISEhISGhSwvCtdxMuCsw7gAAAABJRU5ErkJggg=="
}

extension TestAPI {
  /// What normalize makes of the last web chat body: the first of its visitor.
  fileprivate func openLast() async throws -> TestConversation {
    let (_, content) = try #require(try await inbound().last)
    let opened = try await open(.webchat, address: try #require(content.sender))
    try await hearLast(in: opened)
    return opened
  }

  fileprivate func hearLast(in chat: TestConversation) async throws {
    let (_, content) = try #require(try await inbound().last)
    let body = try JSON.decode(WebChatBody.self, from: Array(content.body.utf8))
    try await hear(body.text ?? "", in: chat, clientID: body.id)
  }
}

/// One of the visitor's programs.
private final class Browser: Sendable {
  private let lines: AsyncStream<String>
  private let input = Pipe()

  init(_ program: String, _ arguments: [String]) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(program)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script.path] + arguments
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

  /// Does what the program asks for, until it says that it has finished.
  func run(_ step: (String) async throws -> Void) async throws {
    var isFinished = false
    for await line in lines {
      if line == "finished" {
        isFinished = true
      } else {
        try await step(line)
        try input.fileHandleForWriting.write(contentsOf: Data("done\n".utf8))
      }
    }
    #expect(
      isFinished, "chromium, chromium-driver (Debian), selenium and axe-playwright-python (PyPI) are needed")
  }
}
