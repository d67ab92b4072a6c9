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
    let channel = InstagramChannel(pageURL: server.url, accountURL: server.url)
    let image = OutboundAttachment(kind: .image, mediaType: "image/png", name: "a.png", bytes: [1])
    let message = OutboundMessage.toSeven("", attachments: [image])
    #expect(
      await channel.send(message, from: MessengerServer.secrets(token: "IGAAt0ken"), using: client)
        == .rejected(reason: "unsupported", code: nil))
    #expect(server.requests.isEmpty)
    #expect(
      await channel.send(message, from: MessengerServer.secrets(), using: client)
        == .accepted(providerID: "m_1"))
    #expect(server.paths() == ["/v26.0/me/message_attachments", "/v26.0/me/messages"])
    let form = String(decoding: server.requests[0].body, as: UTF8.self)
    #expect(form.contains("name=\"platform\"\r\n\r\ninstagram\r\n"))
  }

  @Test func iceBreakersAreSetForInstagram() async throws {
    let server = try MessengerServer()
    let profile = MessengerProfile(iceBreakers: [.init(question: "Open?", payload: "H")])
    let outcome = await InstagramChannel(pageURL: server.url).setUp(
      profile, for: MessengerServer.secrets(), using: client)
    #expect(outcome == .done)
    #expect(try server.bodies()[0]["platform"]?.string == "instagram")
  }
}
