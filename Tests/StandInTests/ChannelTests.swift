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
    location: Location? = nil,
    contacts: [ContactCard] = [],
    template: MessageTemplate? = nil
  ) -> OutboundMessage {
    OutboundMessage(
      id: MessageID(UUID.version7()),
      address: "15550100",
      text: text,
      attachments: files,
      choices: choices,
      location: location,
      contacts: contacts,
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
      (
        "", [], [],
        MessageTemplate(
          name: "hello",
          language: "en_US",
          header: .init(location: Location(latitude: 1, longitude: 2, name: "Shop", address: "Main St 1")),
          buttons: [
            .init(kind: .url, index: 0, value: "x"), .init(kind: .code, index: 1, value: "25OFF"),
            .init(kind: .flow, index: 2, value: "t", data: [.init(name: "a", text: "b")]),
            .init(kind: .catalog, index: 3, value: "sku"),
          ]
        ),
        ["template"]
      ),
    ]

  @Test(arguments: 0..<7)
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
      #expect(outcome == Self.taken(sent))
      #expect(sent.first?["quoted"]?.string == "wamid.q")
    }
  }

  /// What is said of messages that were all taken.
  private static func taken(_ sent: [JSONValue]) -> SendOutcome {
    let ids = sent.compactMap { $0["id"]?.string }
    return .accepted(providerID: ids.last ?? "", earlier: Array(ids.dropLast()))
  }

  private static func isTaken(_ outcome: SendOutcome) -> Bool {
    guard case .accepted = outcome else { return false }
    return true
  }

  @Test func sendsPlacesAndAddressCards() async throws {
    let location = Location(latitude: 52.5, longitude: 13.25, name: "Shop", address: "Main St 1")
    let cards = [
      ContactCard(name: "Ada", phones: ["+49151"]),
      ContactCard(name: "Eve", phones: ["+49152", "+49153"], emails: ["eve@example.com"]),
    ]
    let bot = ConnectionCreated.Private(
      account: "bot", appSecret: nil, verifyToken: nil, accessToken: "7:token")
    let message = message("hi", location: location, contacts: cards)
    try await RunningStandIn.with { standIn async throws in
      let outcomes = [
        await WhatsAppChannel(baseURL: standIn.url).send(
          message, from: Self.connection, using: standIn.client),
        await TelegramChannel(baseURL: standIn.url).send(message, from: bot, using: standIn.client),
      ]
      #expect(outcomes.allSatisfy(Self.isTaken), "\(outcomes)")
      let sent = try await standIn.sent()["items"]?.array ?? []
      #expect(
        sent.map { $0["type"]?.string }
          == ["location", "contacts", "text", "venue", "contact", "contact", "text"])
      #expect(
        sent.map { $0["text"]?.string }
          == ["Shop", "Ada", "hi", "Shop, Main St 1", "Ada, +49151", "Eve, +49152", "hi"])
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
