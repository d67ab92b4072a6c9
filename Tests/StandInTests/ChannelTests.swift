import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import StandIn
import TestServers
import Testing

/// The engine's own channel against the stand-in, there and back.
@Suite("the engine's channel")
struct ChannelTests {
  private static let connection = ConnectionCreated.Private(
    account: "106540352242922",
    appSecret: "secret",
    verifyToken: nil,
    accessToken: "token"
  )

  private func message(
    _ text: String,
    files: [OutboundAttachment] = [],
    choices: [OutboundChoice] = [],
    template: MessageTemplate? = nil
  ) -> OutboundMessage {
    OutboundMessage(
      id: MessageID(UUID.version7()),
      address: "15550100",
      text: text,
      attachments: files,
      choices: choices,
      replyTo: "wamid.q",
      template: template,
      context: SendContext(now: Date())
    )
  }

  private static let messages:
    [(String, [OutboundAttachment], [OutboundChoice], MessageTemplate?, [String])] = [
      ("hi", [], [], nil, ["text"]),
      (
        "hi",
        [OutboundAttachment(kind: .image, mediaType: "image/png", name: nil, bytes: [1, 2])],
        [], nil, ["image"]
      ),
      (
        "hi",
        [
          OutboundAttachment(kind: .voice, mediaType: "audio/ogg", name: nil, bytes: [1]),
          OutboundAttachment(kind: .document, mediaType: "text/csv", name: "a.csv", bytes: [1]),
          OutboundAttachment(kind: .sticker, mediaType: "image/webp", name: nil, bytes: [1]),
          OutboundAttachment(kind: .video, mediaType: "video/mp4", name: nil, bytes: [1]),
        ],
        [], nil, ["audio", "document", "sticker", "video", "text"]
      ),
      ("hi", [], [OutboundChoice(title: "Yes", payload: "y")], nil, ["interactive"]),
      ("hi", [], (1...10).map { OutboundChoice(title: "c\($0)", payload: "\($0)") }, nil, ["interactive"]),
      (
        "", [], [],
        MessageTemplate(
          name: "hello",
          language: "en_US",
          header: .init(media: .init(kind: .image, url: "https://a.example/i.png")),
          variables: [.init(text: "Ada")],
          buttons: [.init(kind: .reply, index: 0, value: "x")]
        ),
        ["template"]
      ),
    ]

  @Test(arguments: 0..<6)
  func sendsEveryKindOfMessage(number: Int) async throws {
    let (text, files, choices, template, types) = Self.messages[number]
    try await RunningStandIn.with { standIn async throws in
      let outcome = await WhatsAppChannel(baseURL: standIn.url).send(
        message(text, files: files, choices: choices, template: template),
        from: Self.connection,
        using: standIn.client
      )
      let sent = try await standIn.sent()["items"]?.array ?? []
      #expect(sent.map { $0["type"]?.string } == types)
      #expect(outcome == .accepted(providerID: sent.last?["id"]?.string ?? ""))
      #expect(sent.first?["quoted"]?.string == "wamid.q")
    }
  }

  @Test func fetchesWhatACustomerSent() async throws {
    let engine = try ListeningEngine()
    let target = WebhookTarget(url: engine.url + "/webhooks/whatsapp/1", secret: "secret")
    try await RunningStandIn.with(StandInOptions(webhooks: [target])) { standIn async throws in
      let bytes = Array("a photo".utf8)
      let id = try #require(try await standIn.upload(bytes, "image/jpeg"))
      let written =
        #"{"from":"15550100","message":{"type":"image","image":{"id":"\#(id)","caption":"Look"}}}"#
      #expect(try await standIn.call("POST", "/write", Array(written.utf8)).status == 200)
      let channel = WhatsAppChannel(baseURL: standIn.url)
      let webhook = try #require(engine.received.first)
      let items = try channel.parse(webhook.body, sender: nil)
      guard case .message(let message) = try #require(items.first) else { return #expect(Bool(false)) }
      #expect(message.content.text == "Look")
      let attachment = try #require(message.content.attachments.first)
      let outcome = await channel.fetch(
        attachment.source,
        in: nil,
        maximumBytes: 1_000,
        from: Self.connection,
        using: standIn.client
      )
      #expect(outcome == .fetched(bytes: bytes, mediaType: "image/jpeg"))
      let seen = MessageReference(address: "15550100", providerID: message.providerID)
      #expect(await channel.show(.typing, to: seen, from: Self.connection, using: standIn.client))
    }
  }
}
