import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import Synchronization
import TestServers
import Testing

@testable import Channels

/// The channel against somebody else's emulator of the Bot API, over TCP.
@Suite(.timeLimit(.minutes(5))) struct TelegramEmulatorTests {
  let client = HTTPClient(maximumConcurrentRequests: 4)
  let connection = ConnectionCreated.Private(
    account: "pigeon_bot", appSecret: nil, verifyToken: "se-cret_1", accessToken: "77:token")
  let emulator: ServerProcess
  let url: String
  let channel: TelegramChannel

  init() throws {
    let port = try SocketServer.unusedPort()
    emulator = try ServerProcess(
      ["lo-bot-api-emulator", "--port", "\(port)", "--enable-control", "--allow-insecure-loopback-webhooks"],
      environment: ["PYTHONUNBUFFERED": "1"], ready: "Running on")
    url = "http://127.0.0.1:\(port)"
    channel = TelegramChannel(baseURL: url)
  }

  func send(
    _ text: String, attachments: [OutboundAttachment] = [], choices: [OutboundChoice] = [],
    replyTo: String? = nil
  ) async -> SendOutcome {
    await channel.send(
      OutboundMessage(
        id: MessageID(UUID.version7()), address: "42", text: text, attachments: attachments,
        choices: choices, replyTo: replyTo, context: SendContext(now: Date())),
      from: connection, using: client)
  }

  /// Something happens to the bot.
  func happen(_ update: String) async throws {
    let response = try await client.send(
      HTTPRequest(
        method: "POST", url: url + "/__fixture/updates", headers: [("Content-Type", "application/json")],
        body: Array(#"{"token":"77:token","update":\#(update)}"#.utf8)))
    #expect(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
  }

  static let hello =
    #"{"message":{"message_id":7,"date":1700000000,"text":"hello","chat":{"id":42,"type":"private"},"#
    + #""from":{"id":42,"is_bot":false,"first_name":"Ada"}}}"#

  func poll(after position: Int64?, wait: Duration = .zero) async throws -> TelegramUpdates {
    switch await channel.poll(after: position, wait: wait, for: connection, using: client) {
    case .done(let updates): return updates
    case .failed(let reason, _, _): throw Failed(reason: reason)
    }
  }

  struct Failed: Error, Equatable {
    let reason: String
  }

  @Test func textsFilesAndButtonsAreTaken() async throws {
    #expect(await send("**hi** <there>") == .accepted(providerID: "42/1"))
    let choices = [OutboundChoice(title: "Yes", payload: "y"), OutboundChoice(title: "No", payload: "n")]
    #expect(await send("Sure?", choices: choices, replyTo: "42/1") == .accepted(providerID: "42/2"))
    let files: [(AttachmentKind, String)] = [
      (.image, "image/png"), (.document, "application/pdf"), (.video, "video/mp4"),
    ]
    for (number, (kind, type)) in files.enumerated() {
      let file = OutboundAttachment(kind: kind, mediaType: type, name: "ü.bin", bytes: [1, 2, 3])
      #expect(
        await send("a *caption*", attachments: [file], choices: choices)
          == .accepted(providerID: "42/\(number + 3)"))
    }
    let voice = OutboundAttachment(kind: .voice, mediaType: "audio/ogg", name: nil, bytes: [1])
    #expect(await send("", attachments: [voice]) == .accepted(providerID: "42/6"))
    // The emulator counts the marks as well, which Telegram does not.
    let long = Array(repeating: "A sentence of some words.", count: 300).joined(separator: " ")
    #expect(await send(long) == .accepted(providerID: "42/8", earlier: ["42/7"]))
    #expect(
      await channel.show(
        .typing, to: MessageReference(address: "42", providerID: "42/7"), from: connection, using: client))
  }

  @Test func aFileComesBackAsItWasSent() async throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let file = OutboundAttachment(
      kind: .document, mediaType: "application/pdf", name: "a.pdf", bytes: bytes)
    #expect(await send("", attachments: [file]) == .accepted(providerID: "42/1"))
    func fetch(_ id: String, _ limit: Int) async -> FetchOutcome {
      await channel.fetch(.file(id), in: nil, maximumBytes: limit, from: connection, using: client)
    }
    #expect(await fetch("fixture-document-1", 100_000) == .fetched(bytes: bytes, mediaType: nil))
    #expect(await fetch("fixture-document-1", 99_999) == .failed(reason: "too-large", code: nil))
    #expect(await fetch("fixture-document-2", 99_999) == .failed(reason: "gone", code: 400))
  }

  @Test func pollingGivesEachUpdateUntilItIsConfirmed() async throws {
    #expect(try await poll(after: nil) == TelegramUpdates(updates: [], next: nil))
    try await happen(Self.hello)
    let first = try await poll(after: nil)
    #expect(try await poll(after: nil) == first)
    let items = try first.updates.flatMap { try channel.parse($0.body, sender: nil, for: connection) }
    guard items.count == 1, case .message(let message) = items[0] else { throw Unexpected(items) }
    #expect(message.providerID == "42/7")
    #expect(message.content.text == "hello")
    #expect(message.origin.name == "Ada")
    #expect(try await poll(after: first.next) == TelegramUpdates(updates: [], next: first.next))
    #expect(try await poll(after: nil).updates.isEmpty)
  }

  @Test func aWaitingPollEndsWithTheUpdate() async throws {
    let (channel, connection, client) = (channel, connection, client)
    async let waiting = channel.poll(after: nil, wait: .seconds(50), for: connection, using: client)
    try await happen(Self.hello)
    guard case .done(let updates) = await waiting else { throw Failed(reason: "poll") }
    #expect(updates.updates.count == 1)
  }

  @Test func aButtonThatWasChosenIsAnswered() async throws {
    try await happen(
      #"{"callback_query":{"id":"991","chat_instance":"1","data":"y","from":{"id":42,"first_name":"Ada"},"#
        + #""message":{"message_id":2,"date":0,"chat":{"id":42,"type":"private"}}}}"#)
    let items = try await poll(after: nil).updates.flatMap {
      try channel.parse($0.body, sender: nil, for: connection)
    }
    guard items.count == 1, case .message(let message) = items[0] else { throw Unexpected(items) }
    #expect(message.content.payload == "y")
    let reference = MessageReference(address: message.origin.address, providerID: message.providerID)
    #expect(await channel.show(.read, to: reference, from: connection, using: client))
  }

  @Test func aWebhookShowsTheSecretAndEndsPolling() async throws {
    let called = Calls()
    let receiver = try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        let headers = request.head.split(separator: "\r\n").dropFirst().map { line in
          let name = line.prefix { $0 != ":" }
          return (String(name), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
        }
        called.add(WebhookCall(headers: HTTPHeaders(headers), body: request.body))
        connection.respond("200 OK")
      }
    }
    guard case .done = await channel.setWebhook(receiver.url + "/w", for: connection, using: client) else {
      throw Failed(reason: "setWebhook")
    }
    // The emulator answers this only after it has called.
    try await happen(Self.hello)
    let call = try #require(called.all.first)
    #expect(channel.isAuthentic(call, for: connection))
    let other = ConnectionCreated.Private(
      account: "p", appSecret: nil, verifyToken: "se-cret_2", accessToken: "77:token")
    #expect(!channel.isAuthentic(call, for: other))
    #expect(try channel.parse(call.body, sender: nil, for: connection).map(\.summary) == ["text hello"])

    guard case .done(let info) = await channel.webhookInfo(for: connection, using: client) else {
      throw Failed(reason: "webhookInfo")
    }
    #expect(info == TelegramWebhookInfo(url: receiver.url + "/w", pending: 0, lastError: nil))
    await #expect(throws: Failed(reason: "conflict")) { try await poll(after: nil) }
    guard case .done = await channel.deleteWebhook(for: connection, using: client) else {
      throw Failed(reason: "deleteWebhook")
    }
    #expect(try await poll(after: nil).updates.isEmpty)
  }

  final class Calls: Sendable {
    private let calls = Mutex<[WebhookCall]>([])
    func add(_ call: WebhookCall) { calls.withLock { $0.append(call) } }
    var all: [WebhookCall] { calls.withLock { $0 } }
  }

  @Test func aSecretThatTelegramWouldNotTakeIsNotSent() async throws {
    let open = ConnectionCreated.Private(
      account: "p", appSecret: nil, verifyToken: "no spaces", accessToken: "77:token")
    guard case .failed(let reason, _, _) = await channel.setWebhook(url, for: open, using: client) else {
      throw Failed(reason: "taken")
    }
    #expect(reason == "not-configured")
  }
}
