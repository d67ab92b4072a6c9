@testable import API
import Channels
import Contracts
import Foundation
import JSON
import Keyring
import Pipeline
import Postgres
import TestKit
import Testing

/// The chat in a real browser, as our own page and on a site of its own; the test plays the stages.
struct BrowserTests {
  @Test func aVisitorWritesReadsReloadsAndReconnects() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let browser = try BrowserProgram(
        "chat_page.py", ["\(api.url)/chat/\(api.tenant.webChat)"], beside: #filePath)
      var chat: TestConversation?
      let replyID = MessageID(UUID.version7())
      try await browser.run { line in
        switch line {
        case "stream":
          let opened = try await api.openLast()
          chat = opened
          api.hub.token(ChatDelta(reply: replyID, text: "Yes, "), of: opened.id)
          api.hub.token(ChatDelta(reply: replyID, text: "we"), of: opened.id)
        case let mark where mark.hasPrefix("write "):
          let text = String(mark.dropFirst(6)).replacing("|", with: "\n")
          api.hub.token(ChatDelta(reply: replyID, text: text), of: try #require(chat).id)
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
          #expect(try await api.written().count == 2)
          try await api.hearLast(in: try #require(chat))
          try await api.reply("Still here.", in: try #require(chat))
        case "many":
          let chat = try #require(chat)
          for number in 0..<100 { try await api.hear("number \(number)", in: chat) }
          try await api.untilProjected(chat, messages: 106)
        default: Issue.record("the browser said: \(line)")
        }
      }
    }
  }

  @Test func aShopEmbedsTheWidget() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let snippet = try #require(
        try await api.v1("GET", "/connections/\(api.tenant.webChat)/embed").json?["snippet"]?.string)
      let browser = try BrowserProgram(
        "widget.py", [snippet.replacing("https://chat.example", with: api.url), api.tenant.appSecret],
        beside: #filePath)
      var chat: TestConversation?
      var last: MessageID?
      try await browser.run { line in
        switch line {
        case _ where line.hasPrefix("allow "):
          let settings = """
            {"widget":{"allowed_origins":["\(line.dropFirst(6))"],"color":"#0a7d5a","position":"left",
              "logo":"data:image/png;base64,\(Self.png)",
              "pre_chat":[{"name":"email","required":true},{"name":"name","required":true}],
              "quick_replies":["Where is my order?","Returns"],
              "texts":[{"key":"title","text":"Larkfield Outdoor"},{"key":"hint","text":"Eingabe sendet"},
                {"key":"subtitle","text":"We answer at once"}]}}
            """
          let set = try await api.v1("PUT", "/connections/\(api.tenant.webChat)/settings", settings)
          #expect(set.status == 200, "\(set.text)")
        case "first":
          #expect(try await api.lastBody().body.visitor?.email == "zoe@example.com")
          chat = try await api.openLast()
        case "typing":
          let chat = try #require(chat)
          try await api.untilProjected(chat, messages: 1)
          #expect(try await api.v1("POST", "/conversations/\(chat.id)/typing").status == 202)
        case "offer":
          let shown = try await api.v1("GET", "/conversations/\(try #require(chat).id)").json
          let asked = try #require(shown?["messages"]?[0]?["id"]?.string)
          let message =
            #"{"text":"Is it this one?","reply_to":"\#(asked)","choices":[{"title":"Yes, that one","payload":"yes"},{"title":"No"}]}"#
          let form = Form(boundary: "b").part("message", type: "application/json", Array(message.utf8))
            .file("coat.png", type: "image/png", try #require(Data(base64Encoded: Self.png)).map { $0 })
          #expect(
            try await api.send(form, to: "/conversations/\(try #require(chat).id)/messages", key: "k").status
              == 202)
        case "chosen":
          let (body, _) = try await api.lastBody()
          #expect(body.payload == "yes" && body.text == "Yes, that one")
          try await api.hearLast(in: try #require(chat))
        case "file":
          let (body, _) = try await api.lastBody()
          #expect(body.text == "It looks like this" && body.files?.map(\.name) == ["parcel.png"])
          let bytes = body.files?.first.flatMap { Data(base64Encoded: $0.data) }
          #expect(bytes?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
          try await api.hearLast(in: try #require(chat))
        case "away":
          last = try await api.reply(
            """
            It is **on its way**, see https://shop.example/b:

            - [Track it](https://shop.example/t) <img src=x onerror=alert(1)>
            - [No](javascript:alert(1)) ![a coat](https://shop.example/coat.png)

            3. <script>document.title = "taken over"</script>
            4. <a href="javascript:alert(2)" onclick="alert(3)">none</a>

            <iframe src="https://evil.example/"></iframe>
            """, in: try #require(chat))
          try await api.untilProjected(try #require(chat), messages: 5)
        case "verified":
          let (body, _) = try await api.lastBody()
          #expect(body.visitor?.verified == true && body.visitor?.name == "Ada")
          // The page told which answers it had shown, also those of the second before it was left.
          try await until("the last answer is known to be read") {
            let last = try #require(last).description
            return try await api.inbound().contains {
              $0.content.sender == chat?.address && $0.content.body.hasPrefix(#"{"read":"#)
                && $0.content.body.contains(last)
            }
          }
          let known = try await api.openLast()
          #expect(known.address != chat?.address)
          try await api.untilProjected(known, messages: 1)
          chat = known
        case "lagging": try await api.reply("Welcome back, Ada.", in: try #require(chat))
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
  /// What browsers wrote: what they say that they have shown comes between, whenever that is.
  fileprivate func written() async throws -> [(event: Event, content: WebhookReceived.Private)] {
    try await inbound().filter { !$0.content.body.hasPrefix(#"{"read":"#) }
  }

  /// The last web chat body, wherever it lies, and whose it is.
  fileprivate func lastBody() async throws -> (body: WebChatBody, sender: String) {
    let event = try #require(try await written().last).event
    let content = try await database.pool.withTransaction { [keyring] transaction in
      let value = try WebhookReceived.read(event)
      let id = try #require(try value.keyID)
      let key = try #require(try keyring.keys([id], on: transaction.connection)[id])
      return try #require(try value.opened(with: key, blobsIn: transaction))
    }
    return (try JSON.decode(WebChatBody.self, from: Array(content.body.utf8)), try #require(content.sender))
  }

  /// What normalize makes of the last web chat body: the first of its visitor.
  fileprivate func openLast() async throws -> TestConversation {
    let opened = try await open(.webchat, address: try await lastBody().sender)
    try await hearLast(in: opened)
    return opened
  }

  fileprivate func hearLast(in chat: TestConversation) async throws {
    let body = try await lastBody().body
    try await hear(body.text ?? "", in: chat, clientID: body.id)
  }
}
