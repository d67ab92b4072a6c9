import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import Synchronization
import TestServers
import Testing

@testable import Channels

/// Sending over a real socket to a server that answers as the Bot API does.
@Suite(.timeLimit(.minutes(1))) struct TelegramSendTests {
  let client = HTTPClient(maximumConcurrentRequests: 4)
  let id = MessageID(UUID.version7())
  let connection = ConnectionCreated.Private(
    account: "pigeon_bot", appSecret: nil, verifyToken: "s", accessToken: "77:to-k_en")

  /// Keeps every request, and answers the n-th as told.
  final class Platform: Sendable {
    let server: SocketServer
    private let received: Received

    final class Received: Sendable {
      let requests = Mutex<[ServerConnection.Request]>([])
    }

    init(_ answer: @escaping @Sendable (ServerConnection, _ number: Int) -> Void) throws {
      let received = Received()
      self.received = received
      server = try SocketServer { connection, _ in
        while let request = connection.readRequest() {
          let number = received.requests.withLock { requests in
            requests.append(request)
            return requests.count - 1
          }
          answer(connection, number)
        }
      }
    }

    var requests: [ServerConnection.Request] { received.requests.withLock { $0 } }
    var lines: [String] { requests.map { String($0.head.prefix { $0 != "\r\n" }) } }
    func body(_ number: Int) throws -> JSONValue { try JSONValue(parsing: requests[number].body) }
  }

  static func taken(_ number: Int) -> String {
    #"{"ok":true,"result":{"message_id":\#(number),"date":1,"chat":{"id":42,"type":"private"},"text":"x"}}"#
  }

  static func refused(_ code: Int, _ words: String, _ parameters: String = "{}") -> String {
    #"{"ok":false,"error_code":\#(code),"description":"\#(words)","parameters":\#(parameters)}"#
  }

  /// Takes all, numbering from 1.
  func willing() throws -> Platform {
    try Platform { connection, number in connection.respond("200 OK", Self.taken(number + 1)) }
  }

  func message(
    _ text: String = "hello", to address: String = "42", thread: String? = nil,
    attachments: [OutboundAttachment] = [], choices: [OutboundChoice] = [], replyTo: String? = nil,
    subject: String? = nil, template: MessageTemplate? = nil
  ) -> OutboundMessage {
    OutboundMessage(
      id: id, address: address, thread: thread, text: text, subject: subject, attachments: attachments,
      choices: choices, replyTo: replyTo, template: template, context: SendContext(now: Date()))
  }

  func send(
    _ message: OutboundMessage, platform url: String, token: String? = "77:to-k_en",
    timeout: Duration = .seconds(20)
  ) async -> SendOutcome {
    await TelegramChannel(baseURL: url, timeout: timeout).send(
      message,
      from: ConnectionCreated.Private(
        account: "p", appSecret: nil, verifyToken: "s", accessToken: token), using: client)
  }

  @Test func theRequestIsAsDocumented() async throws {
    let platform = try willing()
    let outcome = await send(
      message("**hi** Zoë & co", replyTo: "42/7"), platform: platform.server.url + "/")
    #expect(outcome == .accepted(providerID: "42/1"))
    #expect(platform.lines == ["POST /bot77:to-k_en/sendMessage HTTP/1.1"])
    #expect(platform.requests[0].head.contains("Content-Type: application/json"))
    #expect(
      String(decoding: platform.requests[0].body, as: UTF8.self)
        == #"{"chat_id":"42","parse_mode":"HTML","reply_parameters":"{\"message_id\":7,"#
        + #"\"allow_sending_without_reply\":true}","text":"<b>hi</b> Zoë &amp; co"}"#)
  }

  @Test func aThreadIsSentToInsteadOfTheContact() async throws {
    let platform = try willing()
    #expect(
      await send(message(thread: "-100/33", replyTo: "-100/7"), platform: platform.server.url)
        == .accepted(providerID: "-100/1"))
    #expect(
      await send(message(thread: "42@Bc-1", replyTo: "42/7"), platform: platform.server.url)
        == .accepted(providerID: "42@Bc-1/2"))
    let topic = try platform.body(0)
    #expect(topic["chat_id"]?.string == "-100")
    #expect(topic["message_thread_id"]?.string == "33")
    #expect(topic["reply_parameters"] != nil)
    let business = try platform.body(1)
    #expect(business["chat_id"]?.string == "42")
    #expect(business["business_connection_id"]?.string == "Bc-1")
    // It is another chat's message.
    #expect(business["reply_parameters"] == nil)
  }

  @Test func choicesAreButtonsWhereTheyFit() async throws {
    let platform = try willing()
    let choices = [
      OutboundChoice(title: "Yes <1>", payload: "y"), OutboundChoice(title: "No", payload: "n"),
    ]
    _ = await send(message("Sure?", choices: choices), platform: platform.server.url)
    #expect(try platform.body(0)["text"]?.string == "Sure?")
    #expect(
      try platform.body(0)["reply_markup"]?.string
        == #"{"inline_keyboard":[[{"text":"Yes <1>","callback_data":"y"}],"#
        + #"[{"text":"No","callback_data":"n"}]]}"#)

    let described = choices + [OutboundChoice(title: "*Later*", payload: "l", description: "in #1 week")]
    _ = await send(message("Sure?", choices: described), platform: platform.server.url)
    #expect(
      try platform.body(1)["text"]?.string == "Sure?\n\n1. Yes &lt;1&gt;\n2. No\n3. *Later* – in #1 week")
    #expect(try platform.body(1)["reply_markup"] != nil)

    let long = [OutboundChoice(title: "Yes", payload: String(repeating: "ü", count: 33))]
    _ = await send(message("Sure?", choices: long), platform: platform.server.url)
    #expect(try platform.body(2)["text"]?.string == "Sure?\n\n1. Yes")
    #expect(try platform.body(2)["reply_markup"] == nil)
  }

  @Test func aLongTextGoesOutInParts() async throws {
    let platform = try willing()
    let text = Array(repeating: "A sentence & **some** words.", count: 300).joined(separator: " ")
    let outcome = await send(
      message(text, choices: [OutboundChoice(title: "A", payload: "a")], subject: "On <words>"),
      platform: platform.server.url)
    #expect(outcome == .accepted(providerID: "42/2", earlier: ["42/1"]))
    #expect(try platform.body(0)["text"]?.string?.hasPrefix("<b>On &lt;words&gt;\n\n</b>A sentence") == true)
    #expect(try platform.body(0)["text"]?.string?.hasSuffix("<b>some</b> words.") == true)
    #expect(try platform.body(0)["reply_markup"] == nil)
    #expect(try platform.body(1)["reply_markup"] != nil)
  }

  @Test(arguments: [
    (403, "Forbidden: bot was blocked by the user", SendOutcome.rejected(reason: "blocked", code: 403)),
    (403, "Forbidden: user is deactivated", .rejected(reason: "invalid-recipient", code: 403)),
    (
      403, "Forbidden: bot can't initiate conversation with a user",
      .rejected(reason: "invalid-recipient", code: 403)
    ),
    (403, "Forbidden: bot was kicked from the supergroup chat", .rejected(reason: "not-member", code: 403)),
    (403, "Forbidden: bot is not a member of the group chat", .rejected(reason: "not-member", code: 403)),
    (403, "Forbidden: the group chat was deleted", .rejected(reason: "not-member", code: 403)),
    (400, "Bad Request: chat not found", .rejected(reason: "invalid-recipient", code: 400)),
    (400, "Bad Request: message thread not found", .rejected(reason: "invalid-recipient", code: 400)),
    (400, "Bad Request: message is too long", .rejected(reason: "text-too-long", code: 400)),
    (400, "Bad Request: message text is empty", .rejected(reason: "empty-text", code: 400)),
    (
      400, "Bad Request: not enough rights to send text messages to the chat",
      .rejected(reason: "blocked", code: 400)
    ),
    (400, "Bad Request: can't parse entities", .rejected(reason: "invalid-request", code: 400)),
    (401, "Unauthorized", .rejected(reason: "unauthorised", code: 401)),
    (404, "Not Found", .rejected(reason: "unauthorised", code: 404)),
    (413, "Request Entity Too Large", .rejected(reason: "too-large", code: 413)),
    (500, "Internal Server Error", .notTaken(reason: "server-error", code: 500, retryAfter: nil)),
    (503, "Service Unavailable", .notTaken(reason: "server-error", code: 503, retryAfter: nil)),
    (500, "Internal Server Error: restart", .unconfirmed(reason: "server-error")),
    (500, "Request aborted", .unconfirmed(reason: "server-error")),
    (502, "Bad Gateway", .unconfirmed(reason: "server-error")),
    (504, "Gateway Timeout", .unconfirmed(reason: "server-error")),
  ])
  func theWordsDecide(code: Int, words: String, expected: SendOutcome) async throws {
    let platform = try Platform { connection, _ in
      connection.respond("\(code) X", Self.refused(code, words))
    }
    #expect(await send(message(), platform: platform.server.url) == expected)
    #expect(platform.requests.count == 1)
  }

  @Test(arguments: [
    (#"{"retry_after":35}"#, Duration.seconds(35)), (#"{"retry_after":-1}"#, nil),
    (#"{"retry_after":"35"}"#, nil), (#"{"retry_after":9223372036854775807}"#, nil), ("{}", nil), ("7", nil),
  ])
  func theTimeToWaitIsHandedOn(parameters: String, expected: Duration?) async throws {
    let platform = try Platform { connection, _ in
      connection.respond("429 Too Many Requests", Self.refused(429, "Too Many Requests", parameters))
    }
    #expect(
      await send(message(), platform: platform.server.url)
        == .notTaken(reason: "throttled", code: 429, retryAfter: expected))
  }

  @Test func aGroupThatMovedIsFollowedOnce() async throws {
    let moved = Self.refused(
      400, "Bad Request: group chat was upgraded to a supergroup chat", #"{"migrate_to_chat_id":-100200}"#)
    let platform = try Platform { connection, number in
      connection.respond(number == 0 ? "400 Bad Request" : "200 OK", number == 0 ? moved : Self.taken(5))
    }
    #expect(
      await send(message(thread: "-7"), platform: platform.server.url)
        == .accepted(providerID: "-100200/5"))
    #expect(try platform.body(1)["chat_id"]?.string == "-100200")

    let endless = try Platform { connection, _ in connection.respond("400 Bad Request", moved) }
    #expect(
      await send(message(thread: "-7"), platform: endless.server.url)
        == .rejected(reason: "invalid-recipient", code: 400))
    #expect(endless.requests.count == 2)
  }

  @Test(arguments: [
    ("200 OK", "<html>", SendOutcome.uncertain(reason: "malformed-response")),
    ("200 OK", #"{"ok":true,"result":{"message_id":0}}"#, .uncertain(reason: "no-message-id")),
    ("200 OK", #"{"ok":true,"result":true}"#, .uncertain(reason: "no-message-id")),
    ("200 OK", #"{"ok":true}"#, .uncertain(reason: "malformed-response")),
    ("302 Found", "", .rejected(reason: "redirected", code: 302)),
    ("408 Request Timeout", "", .uncertain(reason: "timeout")),
  ])
  func whatIsNotOfTheBotAPIPromisesNothing(
    status: String, body: String, expected: SendOutcome
  ) async throws {
    let platform = try Platform { connection, _ in connection.respond(status, body) }
    #expect(await send(message(), platform: platform.server.url) == expected)
  }

  @Test func noAnswerIsUncertainAndARefusedConnectionIsNotTaken() async throws {
    let silent = try Platform { connection, _ in connection.waitForClose() }
    #expect(
      await send(message(), platform: silent.server.url, timeout: .seconds(1))
        == .uncertain(reason: "timeout"))
    #expect(
      await send(message(), platform: "http://127.0.0.1:\(try SocketServer.unusedPort())")
        == .notTaken(reason: "unreachable", code: nil, retryAfter: nil))
  }

  @Test func aPartThatIsRefusedForNowIsSentLaterAndTheOnesBeforeAreNot() async throws {
    let platform = try Platform { connection, number in
      connection.respond(
        number == 1 ? "429 X" : "200 OK", number == 1 ? Self.refused(429, "Too Many") : Self.taken(number + 1)
      )
    }
    var message = message(String(repeating: "word ", count: 1_600))
    let refused = await send(message, platform: platform.server.url)
    guard case .partlyTaken(let ids, "throttled", 429, _) = refused else {
      Issue.record("\(refused)")
      return
    }
    #expect(ids == ["42/1"])
    message.taken = ids
    #expect(
      await send(message, platform: platform.server.url)
        == .accepted(providerID: "42/3", earlier: ["42/1"]))
    let texts = try platform.requests.map { try JSONValue(parsing: $0.body)["text"]?.string }
    #expect(texts.count == 3 && texts[1] == texts[2] && texts[0] != texts[1])
  }

  @Test func aPartThatCannotBeHadAfterOneWasTakenIsUncertain() async throws {
    let platform = try Platform { connection, number in
      connection.respond(
        number == 0 ? "200 OK" : "403 X", number == 0 ? Self.taken(1) : Self.refused(403, "Forbidden"))
    }
    let text = String(repeating: "word ", count: 3_000)
    #expect(
      await send(message(text), platform: platform.server.url)
        == .uncertain(reason: "partly-taken", parts: ["42/1"]))
    #expect(platform.requests.count == 2)
  }

  @Test func whatCannotBeSentIsRejectedWithoutACall() async throws {
    let platform = try willing()
    let url = platform.server.url
    for token in [nil, "", "77", "77:", "x:y", "77:a/b", "77:a\r\nHost: b", "77:a:b"] {
      #expect(
        await send(message(), platform: url, token: token)
          == .rejected(reason: "not-configured", code: nil))
    }
    for address in ["", "0", "@pigeon", "42/x", "42@a b", "42@a@b", "../me"] {
      #expect(
        await send(message(to: address), platform: url)
          == .rejected(reason: "invalid-recipient", code: nil))
    }
    #expect(await send(message(" \n"), platform: url) == .rejected(reason: "empty-text", code: nil))
    let endless = String(repeating: "word ", count: 60_000)
    #expect(await send(message(endless), platform: url) == .rejected(reason: "text-too-long", code: nil))
    let template = MessageTemplate(name: "t", language: "en")
    #expect(
      await send(message("", template: template), platform: url)
        == .rejected(reason: "unsupported", code: nil))
    let huge = file(.document, "application/zip", bytes: [UInt8](repeating: 0, count: (50 << 20) + 1))
    #expect(
      await send(message(attachments: [huge]), platform: url) == .rejected(reason: "too-large", code: nil))
    #expect(platform.requests.isEmpty)
  }

  func show(_ signal: ChannelSignal, _ target: MessageReference, platform url: String) async -> Bool {
    await TelegramChannel(baseURL: url).show(signal, to: target, from: connection, using: client)
  }

  @Test func signalsAreTheCallsThatTelegramHas() async throws {
    let platform = try Platform { connection, _ in
      connection.respond("200 OK", #"{"ok":true,"result":true}"#)
    }
    let url = platform.server.url
    let topic = MessageReference(address: "5", thread: "-100/33", providerID: "-100/7")
    #expect(await show(.typing, topic, platform: url))
    #expect(try platform.body(0)["action"]?.string == "typing")
    #expect(try platform.body(0)["message_thread_id"]?.string == "33")
    // Bots have no receipts.
    #expect(!(await show(.read, topic, platform: url)))
    let button = MessageReference(address: "5", providerID: "5/7/callback/123")
    #expect(await show(.read, button, platform: url))
    #expect(try platform.body(1)["callback_query_id"]?.string == "123")
    let business = MessageReference(address: "5", thread: "5@B", providerID: "5@B/7")
    #expect(await show(.read, business, platform: url))
    #expect(try platform.body(2)["message_id"]?.string == "7")
    #expect(
      platform.lines
        == ["sendChatAction", "answerCallbackQuery", "readBusinessMessage"].map {
          "POST /bot77:to-k_en/\($0) HTTP/1.1"
        })
  }

  func fetch(_ platform: Platform, maximumBytes: Int = 1_000) async -> FetchOutcome {
    await TelegramChannel(baseURL: platform.server.url).fetch(
      .file("f1"), in: nil, maximumBytes: maximumBytes, from: connection, using: client)
  }

  @Test func aFileIsFetchedByItsPath() async throws {
    let platform = try Platform { connection, number in
      connection.respond(
        "200 OK",
        number == 0
          ? #"{"ok":true,"result":{"file_id":"f1","file_size":4,"file_path":"docs/a b?.pdf"}}"# : "abcd")
    }
    #expect(await fetch(platform) == .fetched(bytes: Array("abcd".utf8), mediaType: nil))
    #expect(try platform.body(0)["file_id"]?.string == "f1")
    #expect(platform.lines[1] == "GET /file/bot77:to-k_en/docs/a%20b%3F.pdf HTTP/1.1")
  }

  @Test func aFileThatIsTooLargeIsNotReadToItsEnd() async throws {
    let said = try Platform { connection, _ in
      connection.respond("200 OK", #"{"ok":true,"result":{"file_size":1001,"file_path":"a"}}"#)
    }
    #expect(await fetch(said) == .failed(reason: "too-large", code: nil))
    #expect(said.requests.count == 1)
    let unsaid = try Platform { connection, number in
      if number == 0 { return connection.respond("200 OK", #"{"ok":true,"result":{"file_path":"a"}}"#) }
      connection.startChunks()
      for _ in 0..<64 { connection.chunk([UInt8](repeating: 7, count: 64 << 10)) }
      connection.waitForClose()
    }
    #expect(await fetch(unsaid) == .failed(reason: "too-large", code: nil))
  }

  @Test(arguments: [
    ("../../etc/passwd", FetchOutcome.failed(reason: "gone", code: nil)),
    ("a//b", .failed(reason: "gone", code: nil)),
    ("/a", .failed(reason: "gone", code: nil)), ("", .failed(reason: "gone", code: nil)),
  ])
  func aPathThatLeadsElsewhereIsNotFollowed(path: String, expected: FetchOutcome) async throws {
    let platform = try Platform { connection, _ in
      connection.respond("200 OK", #"{"ok":true,"result":{"file_path":"\#(path)"}}"#)
    }
    #expect(await fetch(platform) == expected)
    #expect(platform.requests.count == 1)
  }

  @Test(arguments: [
    (400, "Bad Request: file is too big", FetchOutcome.failed(reason: "too-large", code: 400)),
    (400, "Bad Request: invalid file_id", .failed(reason: "gone", code: 400)),
    (
      400, "Bad Request: wrong file_id or the file is temporarily unavailable",
      .notFetched(reason: "unavailable", code: 400, retryAfter: nil)
    ),
    (401, "Unauthorized", .failed(reason: "unauthorised", code: 401)),
    (429, "Too Many Requests", .notFetched(reason: "throttled", code: 429, retryAfter: nil)),
    (500, "Internal Server Error", .notFetched(reason: "server-error", code: 500, retryAfter: nil)),
  ])
  func whyAFileIsNotThereIsSaid(code: Int, words: String, expected: FetchOutcome) async throws {
    let platform = try Platform { connection, _ in
      connection.respond("\(code) X", Self.refused(code, words))
    }
    #expect(await fetch(platform) == expected)
  }
}
