import Channels
import Contracts
import HTTPClient
import JSON
import TestServers
import Testing

/// What is other than on Messenger.
@Suite(.timeLimit(.minutes(1))) struct InstagramSendTests {
  let client = HTTPClient(maximumConcurrentRequests: 4)

  @Test func theTokenSaysWhichHostIsCalled() async throws {
    let page = try MessengerServer()
    let account = try MessengerServer()
    let channel = InstagramChannel(pageURL: page.url, accountURL: account.url)
    for token in ["EAAt0ken", "IGAAt0ken"] {
      let outcome = await channel.send(
        .toSeven("*hi*"), from: MessengerServer.secrets(token: token), using: client)
      #expect(outcome == .accepted(providerID: "m_0"))
    }
    #expect(page.paths() == ["/v26.0/me/messages"])
    #expect(account.paths() == page.paths())
    let body = #"{"recipient":{"id":"7"},"message":{"text":"hi"}}"#
    #expect(String(decoding: page.requests[0].body, as: UTF8.self) == body)
    #expect(account.requests[0].head.contains("Authorization: Bearer IGAAt0ken"))
  }

  @Test func aTextHasAThousandBytes() async throws {
    let server = try MessengerServer()
    let channel = InstagramChannel(pageURL: server.url)
    let text = Array(repeating: "Ein Satz für Zoë mit Größe.", count: 50).joined(separator: " ")
    let outcome = await channel.send(.toSeven(text), from: MessengerServer.secrets(), using: client)
    #expect(outcome == .accepted(providerID: "m_1", earlier: ["m_0"]))
    let parts = try server.bodies().compactMap { $0["message"]?["text"]?.string }
    #expect(parts.joined(separator: " ") == text)
    #expect(parts.allSatisfy { $0.utf8.count <= 1_000 })
  }

  @Test func aPersonMayWriteForAWeek() async throws {
    let server = try MessengerServer()
    let channel = InstagramChannel(pageURL: server.url)
    let secrets = MessengerServer.secrets()
    #expect(
      await channel.send(.toSeven(hours: 25), from: secrets, using: client)
        == .rejected(reason: "outside-window", code: nil))
    #expect(
      await channel.send(.toSeven(hours: 25, isByPerson: true), from: secrets, using: client)
        == .accepted(providerID: "m_0"))
    #expect(try server.bodies()[0]["tag"]?.string == "HUMAN_AGENT")
  }

  @Test func filesAreUploadedForInstagramWhereThatCanBe() async throws {
    let server = try MessengerServer()
    let channel = InstagramChannel(pageURL: server.url)
    let image = OutboundAttachment(kind: .image, mediaType: "image/png", name: "a.png", bytes: [1])
    let message = OutboundMessage.toSeven("", attachments: [image])
    #expect(
      await channel.send(message, from: MessengerServer.secrets(), using: client)
        == .accepted(providerID: "m_1"))
    #expect(server.paths() == ["/v26.0/me/message_attachments", "/v26.0/me/messages"])
    let form = String(decoding: server.requests[0].body, as: UTF8.self)
    #expect(form.contains("name=\"platform\"\r\n\r\ninstagram\r\n"))
  }

  /// "Instagram API with Instagram Login", "Send Messages": `payload.url`, and nothing is uploaded.
  @Test func anAccountsOwnTokenNamesTheAddressesOfFiles() async throws {
    let server = try MessengerServer()
    let channel = InstagramChannel(pageURL: server.url, accountURL: server.url)
    let files = [
      OutboundAttachment(
        kind: .image, mediaType: "image/png", name: nil, bytes: [1], url: "https://engine.example/files/1"),
      OutboundAttachment(
        kind: .video, mediaType: "video/mp4", name: nil, bytes: [1], url: "https://engine.example/files/2"),
      OutboundAttachment(
        kind: .voice, mediaType: "audio/mp4", name: nil, bytes: [1], url: "https://engine.example/files/3"),
      OutboundAttachment(
        kind: .document, mediaType: "application/pdf", name: nil, bytes: [1],
        url: "https://engine.example/files/4"),
    ]
    #expect(
      await channel.send(
        .toSeven("Here", attachments: files), from: MessengerServer.secrets(token: "IGAAt0ken"), using: client
      )
        == .accepted(providerID: "m_4", earlier: ["m_0", "m_1", "m_2", "m_3"]))
    #expect(Set(server.paths()) == ["/v26.0/me/messages"])
    let bodies = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
    for (number, type) in ["image", "video", "audio", "file"].enumerated() {
      let attachment =
        #""attachment":{"type":"\#(type)","payload":{"url":"https://engine.example/files/\#(number + 1)"}}"#
      #expect(bodies[number] == #"{"recipient":{"id":"7"},"message":{\#(attachment)}}"#)
    }
    #expect(bodies[4] == #"{"recipient":{"id":"7"},"message":{"text":"Here"}}"#)
  }

  /// A file that could not go holds the whole message back, and each has its reason.
  @Test(arguments: [
    (AttachmentKind.image, "image/png", 1, nil, "no-public-address"),
    (.image, "image/webp", 1, "https://x/1", "unsupported"),
    (.document, "text/plain", 1, "https://x/1", "unsupported"),
    (.sticker, "image/webp", 1, "https://x/1", "unsupported"),
    (.image, "image/jpeg", (8 << 20) + 1, "https://x/1", "too-large"),
    (.document, "application/pdf", (25 << 20) + 1, "https://x/1", "too-large"),
  ])
  func whatAnAccountsOwnTokenCannotSendIsSaid(
    kind: AttachmentKind, type: String, bytes: Int, url: String?, reason: String
  ) async throws {
    let server = try MessengerServer()
    let channel = InstagramChannel(pageURL: server.url, accountURL: server.url)
    let good = OutboundAttachment(
      kind: .image, mediaType: "image/png", name: nil, bytes: [1], url: "https://engine.example/files/1")
    let file = OutboundAttachment(
      kind: kind, mediaType: type, name: nil, bytes: [UInt8](repeating: 0, count: bytes), url: url)
    #expect(
      await channel.send(
        .toSeven("Here", attachments: [good, file]), from: MessengerServer.secrets(token: "IGAAt0ken"),
        using: client) == .rejected(reason: reason, code: nil))
    #expect(server.requests.isEmpty)
  }

  /// What contacts send has the same form and the same hosts, whose ever the token is.
  @Test func whatContactsSendIsFetchedWithAnAccountsOwnTokenToo() async throws {
    let server = try MessengerServer { connection, _ in
      connection.respond("200 OK", headers: ["Content-Type: image/jpeg"], "a photo")
    }
    let channel = InstagramChannel(pageURL: server.url, accountURL: "http://127.0.0.1:1")
    let body = """
      {"object":"instagram","entry":[{"id":"1","time":1,"messaging":[{"sender":{"id":"7"},"recipient":{"id":"1"},
      "timestamp":1700000000000,"message":{"mid":"m","attachments":[{"type":"image","payload":{"url":"\(server.url)/1"}}]}}]}]}
      """
    guard case .message(let message)? = try channel.parse(body, sender: nil).first,
      let file = message.content.attachments.first
    else {
      Issue.record("no file")
      return
    }
    let outcome = await channel.fetch(
      file.source, in: nil, maximumBytes: 100, from: MessengerServer.secrets(token: "IGAAt0ken"),
      using: client)
    #expect(outcome == .fetched(bytes: Array("a photo".utf8), mediaType: "image/jpeg"))
    #expect(server.requests.allSatisfy { !$0.head.contains("IGAAt0ken") })
  }

  /// As long as the reports of what was sent name nobody, they are known by what they say.
  @Test func whatReportsWillSayIsSaidBefore() throws {
    let file = OutboundAttachment(kind: .image, mediaType: "image/png", name: nil, bytes: [])
    let choice = OutboundChoice(title: "Yes", payload: "y")
    let channel = InstagramChannel()
    let marks = channel.echoMarks(of: .toSeven("**One**  line\nand more", attachments: [file]))
    #expect(marks == [EchoMark.file, "text One line and more"])
    #expect(channel.echoMarks(of: .toSeven("Which?", choices: [choice])) == [EchoMark.other])
    let body = """
      {"object":"instagram","entry":[{"id":"1","time":1,"messaging":[{"sender":{"id":"1"},"recipient":{"id":"7"},
      "timestamp":1700000000000,"message":{"mid":"m","is_echo":true,"text":"One line and more "}}]}]}
      """
    guard case .echo(let echo)? = try channel.parse(body, sender: nil).first else {
      Issue.record("no echo")
      return
    }
    #expect(EchoMark.of(echo.content) == marks[1])
  }

  @Test func iceBreakersAreSetForInstagram() async throws {
    let server = try MessengerServer()
    let profile = MessengerProfile(iceBreakers: [.init(question: "Open?", payload: "H")])
    let outcome = await InstagramChannel(pageURL: server.url).setUp(
      profile, for: MessengerServer.secrets(), using: client)
    #expect(outcome == .done)
    #expect(try server.bodies()[0]["platform"]?.string == "instagram")
    #expect(
      await InstagramChannel(pageURL: server.url).setUp(
        MessengerProfile(removed: [.iceBreakers]), for: MessengerServer.secrets(), using: client) == .done)
    #expect(server.paths()[1].hasSuffix("/messenger_profile?platform=instagram"))
    #expect(String(decoding: server.requests[1].body, as: UTF8.self) == #"{"fields":["ice_breakers"]}"#)
  }
}
