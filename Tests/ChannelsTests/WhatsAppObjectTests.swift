import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import TestServers
import Testing

/// Requests over a real socket, compared with those that Meta documents.
@Suite(.timeLimit(.minutes(1))) struct WhatsAppObjectTests {
  private typealias Platform = WhatsAppSendTests.Platform
  private let client = HTTPClient(maximumConcurrentRequests: 4)
  private let id = MessageID(UUID.version7())

  private static func connection(token: String? = "t0ken") -> ConnectionCreated.Private {
    ConnectionCreated.Private(account: "1065", appSecret: nil, verifyToken: nil, accessToken: token)
  }

  /// Gives each upload the id `media-<number>`, and each message `wamid.<number>`.
  private func platform(_ refusals: [Int: String] = [:]) throws -> Platform {
    try Platform { connection, number in
      connection.respond(
        refusals[number] ?? "200 OK",
        refusals[number] == nil
          ? #"{"id":"media-\#(number)","messages":[{"id":"wamid.\#(number)"}],"success":true}"#
          : #"{"error":{"code":131053}}"#
      )
    }
  }

  private func send(
    _ text: String,
    thread: String? = nil,
    files: [OutboundAttachment] = [],
    choices: [OutboundChoice] = [],
    replyTo: String? = nil,
    template: MessageTemplate? = nil,
    to platform: Platform
  ) async -> SendOutcome {
    let message = OutboundMessage(
      id: id,
      address: "447700900123",
      thread: thread,
      text: text,
      attachments: files,
      choices: choices,
      replyTo: replyTo,
      template: template,
      context: SendContext(now: Date())
    )
    return await WhatsAppChannel(baseURL: platform.server.url)
      .send(message, from: Self.connection(), using: client)
  }

  /// What was sent last, without the members that all messages have.
  private func object(_ platform: Platform) throws -> String {
    let body = try JSONValue(parsing: #require(platform.requests.last).body)
    let members = ["context", body["type"]?.string ?? ""].compactMap { key in
      body[key].map { #""\#(key)":"# + String(decoding: $0.serialized(), as: UTF8.self) }
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  @Test func aReplyQuotesItsMessage() async throws {
    let platform = try platform()
    #expect(await send("hi", replyTo: "wamid.q", to: platform) == .accepted(providerID: "wamid.0"))
    #expect(
      try object(platform)
        == #"{"context":{"message_id":"wamid.q"},"text":{"preview_url":false,"body":"hi"}}"#
    )
  }

  @Test func aGroupIsAnsweredAsAGroup() async throws {
    let platform = try platform()
    #expect(await send("hi", thread: "R3JvdXA", to: platform) == .accepted(providerID: "wamid.0"))
    let body = try JSONValue(parsing: #require(platform.requests.last).body)
    #expect(body["recipient_type"]?.string == "group")
    #expect(body["to"]?.string == "R3JvdXA")
  }

  @Test func buttonsAreAsDocumented() async throws {
    let platform = try platform()
    let choices = [OutboundChoice(title: "Yes", payload: "y"), OutboundChoice(title: "No", payload: "n")]
    _ = await send("Sure?", choices: choices, to: platform)
    #expect(
      try object(platform)
        == #"{"interactive":{"type":"button","body":{"text":"Sure?"},"action":{"buttons":["#
        + #"{"type":"reply","reply":{"id":"y","title":"Yes"}},{"type":"reply","reply":{"id":"n","title":"No"}}]}}}"#
    )
  }

  @Test func aListIsAsDocumented() async throws {
    let platform = try platform()
    let choices = [OutboundChoice(title: "Red", payload: "r", description: "as a rose")]
    _ = await send("Which?", choices: choices, to: platform)
    #expect(
      try object(platform)
        == #"{"interactive":{"type":"list","body":{"text":"Which?"},"action":{"button":"☰","sections":["#
        + #"{"rows":[{"id":"r","title":"Red","description":"as a rose"}]}]}}}"#
    )
  }

  @Test func aTemplateIsAsDocumented() async throws {
    let platform = try platform()
    let template = MessageTemplate(
      name: "order",
      language: "en_US",
      header: .init(media: .init(kind: .document, url: "https://a.example/f.pdf", name: "f.pdf")),
      variables: [.init(name: "who", text: "Ada"), .init(text: "7")],
      buttons: [.init(kind: .url, index: 0, value: "x"), .init(kind: .reply, index: 1, value: "stop")]
    )
    _ = await send("", template: template, to: platform)
    #expect(
      try object(platform)
        == #"{"template":{"name":"order","language":{"code":"en_US"},"components":["#
        + #"{"type":"header","parameters":[{"type":"document","document":"#
        + #"{"link":"https://a.example/f.pdf","filename":"f.pdf"}}]},"#
        + #"{"type":"body","parameters":[{"type":"text","parameter_name":"who","text":"Ada"},"#
        + #"{"type":"text","text":"7"}]},"#
        + #"{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"x"}]},"#
        + #"{"type":"button","sub_type":"quick_reply","index":"1","#
        + #""parameters":[{"type":"payload","payload":"stop"}]}]}}"#
    )
  }

  @Test(arguments: [
    (
      MessageTemplate.Header(text: "17", name: "number"),
      #"{"type":"text","parameter_name":"number","text":"17"}"#
    ),
    (
      .init(file: .init(kind: .document, id: "9", name: "f.pdf")),
      #"{"type":"document","document":{"id":"9","filename":"f.pdf"}}"#
    ),
    (.init(file: .init(kind: .image, id: "9", name: "f.png")), #"{"type":"image","image":{"id":"9"}}"#),
    (
      .init(location: Location(latitude: 1.5, longitude: 2.5, name: "Shop", address: "Main St 1")),
      #"{"type":"location","location":{"latitude":1.5,"longitude":2.5,"name":"Shop","address":"Main St 1"}}"#
    ),
  ])
  func headersOfATemplateAreAsDocumented(header: MessageTemplate.Header, expected: String) async throws {
    let platform = try platform()
    let template = MessageTemplate(name: "order", language: "en_US", header: header)
    #expect(await send("", template: template, to: platform) == .accepted(providerID: "wamid.0"))
    #expect(
      try object(platform)
        == #"{"template":{"name":"order","language":{"code":"en_US"},"components":["#
        + #"{"type":"header","parameters":[\#(expected)]}]}}"#)
  }

  @Test(arguments: [
    (
      MessageTemplate.Button(kind: .code, index: 0, value: "25OFF"), "copy_code",
      #"{"type":"coupon_code","coupon_code":"25OFF"}"#
    ),
    (
      .init(kind: .flow, index: 0, value: "token", data: [.init(name: "order", text: "17")]), "flow",
      #"{"type":"action","action":{"flow_token":"token","flow_action_data":{"order":"17"}}}"#
    ),
    (
      .init(kind: .flow, index: 0, value: "token"), "flow",
      #"{"type":"action","action":{"flow_token":"token"}}"#
    ),
    (
      .init(kind: .catalog, index: 0, value: "sku"), "catalog",
      #"{"type":"action","action":{"thumbnail_product_retailer_id":"sku"}}"#
    ),
  ])
  func buttonsOfATemplateAreAsDocumented(
    button: MessageTemplate.Button, kind: String, expected: String
  ) async throws {
    let platform = try platform()
    let template = MessageTemplate(name: "order", language: "en_US", buttons: [button])
    #expect(await send("", template: template, to: platform) == .accepted(providerID: "wamid.0"))
    #expect(
      try object(platform)
        == #"{"template":{"name":"order","language":{"code":"en_US"},"components":["#
        + #"{"type":"button","sub_type":"\#(kind)","index":"0","parameters":[\#(expected)]}]}}"#)
  }

  @Test func aTemplateWithAHeaderThatNoHeaderCanHoldIsRefused() async throws {
    let platform = try platform()
    let template = MessageTemplate(
      name: "a", language: "en", header: .init(file: .init(kind: .voice, id: "9")))
    #expect(
      await send("", template: template, to: platform) == .rejected(reason: "invalid-request", code: nil))
    #expect(platform.requests.isEmpty)
  }

  @Test func aFileIsUploadedAndThenSent() async throws {
    let platform = try platform()
    let bytes = (0...255).map { UInt8($0) }
    let file = OutboundAttachment(
      kind: .document,
      mediaType: "application/pdf",
      name: "a\"b\r\nc.pdf",
      bytes: bytes
    )
    #expect(await send("hi", files: [file], to: platform) == .accepted(providerID: "wamid.1"))
    let upload = try #require(platform.requests.first)
    #expect(upload.head.hasPrefix("POST /v26.0/1065/media HTTP/1.1"))
    #expect(upload.head.contains("Content-Type: multipart/form-data; boundary=part-\(id)"))
    let expected =
      "--part-\(id)\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
      + "--part-\(id)\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\napplication/pdf\r\n"
      + "--part-\(id)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b%0D%0Ac.pdf\"\r\n"
      + "Content-Type: application/pdf\r\n\r\n"
    #expect(upload.body == Array(expected.utf8) + bytes + Array("\r\n--part-\(id)--\r\n".utf8))
    let sent = try JSONValue(parsing: #require(platform.requests.last).body)
    #expect(sent["document"]?["id"]?.string == "media-0")
    #expect(sent["document"]?["caption"]?.string == "hi")
    #expect(sent["document"]?["filename"]?.string == "a\"b\r\nc.pdf")
  }

  @Test func aSpokenMessageIsMarkedAsOne() async throws {
    let platform = try platform()
    let file = OutboundAttachment(kind: .voice, mediaType: "audio/ogg", name: nil, bytes: [1])
    _ = await send("", files: [file], to: platform)
    #expect(try object(platform) == #"{"audio":{"id":"media-0","voice":true}}"#)
  }

  @Test func nothingIsSentWhenAnUploadFails() async throws {
    let files = (0..<2).map { _ in
      OutboundAttachment(kind: .image, mediaType: "image/png", name: nil, bytes: [1])
    }
    let refusing = try platform([1: "400 Bad Request"])
    #expect(await send("hi", files: files, to: refusing) == .rejected(reason: "unsupported", code: 131053))
    #expect(refusing.requests.count == 2)
    let breaking = try Platform { connection, _ in connection.closeNow() }
    let outcome = await send("hi", files: files, to: breaking)
    #expect(outcome == .notTaken(reason: "connection-lost", code: nil, retryAfter: nil))
    #expect(breaking.requests.count == 1)
  }

  @Test(arguments: [
    (ChannelSignal.read, #"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.9"}"#),
    (
      .typing,
      #"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.9","#
        + #""typing_indicator":{"type":"text"}}"#
    ),
  ])
  func aSignalIsAsDocumented(signal: ChannelSignal, expected: String) async throws {
    let platform = try platform()
    let channel = WhatsAppChannel(baseURL: platform.server.url)
    let target = MessageReference(address: "44", providerID: "wamid.9")
    #expect(await channel.show(signal, to: target, from: Self.connection(), using: client))
    #expect(String(decoding: try #require(platform.requests.first).body, as: UTF8.self) == expected)
    let refusing = try self.platform([0: "400 Bad Request"])
    let other = WhatsAppChannel(baseURL: refusing.server.url)
    #expect(await other.show(signal, to: target, from: Self.connection(), using: client) == false)
    #expect(await other.show(signal, to: target, from: Self.connection(token: nil), using: client) == false)
  }
}
