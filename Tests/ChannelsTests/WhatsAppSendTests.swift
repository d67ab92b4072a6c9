import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import Synchronization
import TestServers
import Testing

/// Sending over a real socket to a stand-in for the Cloud API.
@Suite(.timeLimit(.minutes(1))) struct WhatsAppSendTests {
  let client = HTTPClient(maximumConcurrentRequests: 4)
  let id = MessageID(UUID.version7())

  /// Keeps every request, and answers the n-th as told.
  final class Platform: Sendable {
    let server: SocketServer
    private let received: Received

    final class Received: Sendable {
      let requests = Mutex<[ServerConnection.Request]>([])
    }

    convenience init(_ answer: @escaping @Sendable (ServerConnection, _ number: Int) -> Void) throws {
      try self.init(answering: { connection, number, _ in answer(connection, number) })
    }

    init(
      answering answer:
        @escaping @Sendable (ServerConnection, _ number: Int, ServerConnection.Request) -> Void
    ) throws {
      let received = Received()
      self.received = received
      server = try SocketServer { connection, _ in
        while let request = connection.readRequest() {
          let number = received.requests.withLock { requests in
            requests.append(request)
            return requests.count - 1
          }
          answer(connection, number, request)
        }
      }
    }

    var requests: [ServerConnection.Request] { received.requests.withLock { $0 } }
  }

  static func taken(_ id: String) -> String {
    #"{"messaging_product":"whatsapp","contacts":[{"input":"44","wa_id":"44"}],"messages":[{"id":"\#(id)"}]}"#
  }

  func send(
    _ text: String = "hello",
    to address: String = "447700900123",
    platform url: String,
    account: String? = "106540352242922",
    token: String? = "t0ken",
    timeout: Duration = .seconds(20)
  ) async -> SendOutcome {
    let channel = WhatsAppChannel(baseURL: url, timeout: timeout)
    let connection = ConnectionCreated.Private(
      account: account,
      appSecret: nil,
      verifyToken: nil,
      accessToken: token
    )
    return await channel.send(
      OutboundMessage(id: id, address: address, text: text, context: SendContext(now: Date())),
      from: connection,
      using: client
    )
  }

  @Test func theRequestIsAsDocumented() async throws {
    let platform = try Platform { connection, _ in connection.respond("200 OK", Self.taken("wamid.1")) }
    #expect(await send("**hi** Zoë", platform: platform.server.url + "/") == .accepted(providerID: "wamid.1"))

    let request = try #require(platform.requests.first)
    #expect(platform.requests.count == 1)
    let lines = request.head.split(separator: "\r\n")
    #expect(lines.first == "POST /v26.0/106540352242922/messages HTTP/1.1")
    #expect(lines.contains("Authorization: Bearer t0ken"))
    #expect(lines.contains("Content-Type: application/json"))
    let expected =
      #"{"messaging_product":"whatsapp","recipient_type":"individual","to":"447700900123","type":"text","#
      + #""text":{"preview_url":false,"body":"*hi* Zoë"},"biz_opaque_callback_data":"\#(id)"}"#
    #expect(String(decoding: request.body, as: UTF8.self) == expected)
  }

  @Test func aUserIDIsSentAsARecipient() async throws {
    let platform = try Platform { connection, _ in connection.respond("200 OK", Self.taken("wamid.1")) }
    #expect(
      await send(to: "US.13491208655302741918", platform: platform.server.url)
        == .accepted(providerID: "wamid.1")
    )
    let body = try JSONValue(parsing: #require(platform.requests.first).body)
    #expect(body["recipient"]?.string == "US.13491208655302741918")
    #expect(body["to"] == nil)
  }

  @Test(arguments: [
    ("400 Bad Request", 131047, SendOutcome.rejected(reason: "outside-window", code: 131047)),
    ("400 Bad Request", 131026, .rejected(reason: "invalid-recipient", code: 131026)),
    ("400 Bad Request", 100, .rejected(reason: "invalid-request", code: 100)),
    ("400 Bad Request", 999_999, .rejected(reason: "invalid-request", code: 999_999)),
    ("401 Unauthorized", 190, .rejected(reason: "unauthorised", code: 190)),
    ("403 Forbidden", 10, .rejected(reason: "unauthorised", code: 10)),
    ("403 Forbidden", 368, .rejected(reason: "account-restricted", code: 368)),
    // Meta gives throttling codes with 400 as well as with 429.
    ("400 Bad Request", 80007, .notTaken(reason: "throttled", code: 80007, retryAfter: nil)),
    ("429 Too Many Requests", 130429, .notTaken(reason: "throttled", code: 130429, retryAfter: nil)),
    ("400 Bad Request", 4, .notTaken(reason: "throttled", code: 4, retryAfter: nil)),
    ("400 Bad Request", 131048, .rejected(reason: "account-limited", code: 131048)),
    ("404 Not Found", 132001, .rejected(reason: "unknown-template", code: 132001)),
    ("400 Bad Request", 132012, .rejected(reason: "invalid-request", code: 132012)),
    ("400 Bad Request", 131056, .notTaken(reason: "chat-throttled", code: 131056, retryAfter: .seconds(6))),
    ("503 Service Unavailable", 131016, .notTaken(reason: "unavailable", code: 131016, retryAfter: nil)),
    ("500 Internal Server Error", 131000, .notTaken(reason: "server-error", code: 131000, retryAfter: nil)),
    ("400 Bad Request", 1, .notTaken(reason: "server-error", code: 1, retryAfter: nil)),
    ("500 Internal Server Error", 2, .notTaken(reason: "server-error", code: 2, retryAfter: nil)),
    ("400 Bad Request", 131057, .notTaken(reason: "unavailable", code: 131057, retryAfter: nil)),
    ("400 Bad Request", 133004, .notTaken(reason: "unavailable", code: 133004, retryAfter: nil)),
    ("500 Internal Server Error", 999_999, .notTaken(reason: "server-error", code: 999_999, retryAfter: nil)),
    ("502 Bad Gateway", 999_999, .unconfirmed(reason: "server-error")),
  ])
  func metasCodeDecides(status: String, code: Int, expected: SendOutcome) async throws {
    let platform = try Platform { connection, _ in
      connection.respond(
        status,
        #"{"error":{"message":"(#\#(code)) to 447700900123","type":"OAuthException","code":\#(code)}}"#
      )
    }
    #expect(await send(platform: platform.server.url) == expected)
    #expect(platform.requests.count == 1)
  }

  /// The platform's word that the call failed and may be made again. Codes that say why go before it.
  @Test(arguments: [
    (1, SendOutcome.notTaken(reason: "server-error", code: 1, retryAfter: .seconds(7))),
    (999_999, .notTaken(reason: "server-error", code: 999_999, retryAfter: .seconds(7))),
    (131026, .rejected(reason: "invalid-recipient", code: 131026)),
    (4, .notTaken(reason: "throttled", code: 4, retryAfter: .seconds(7))),
    (131016, .notTaken(reason: "unavailable", code: 131016, retryAfter: .seconds(7))),
  ])
  func whatIsCalledTransientIsSentAgain(code: Int, expected: SendOutcome) async throws {
    let platform = try Platform { connection, _ in
      connection.respond(
        "503 Service Unavailable", headers: ["Retry-After: 7"],
        #"{"error":{"code":\#(code),"is_transient":true}}"#)
    }
    #expect(await send(platform: platform.server.url) == expected)
  }

  @Test(arguments: [
    ("401 Unauthorized", SendOutcome.rejected(reason: "unauthorised", code: nil)),
    ("404 Not Found", .rejected(reason: "unknown-account", code: nil)),
    ("302 Found", .rejected(reason: "redirected", code: nil)),
    ("408 Request Timeout", .uncertain(reason: "timeout")),
    ("200 OK", .uncertain(reason: "no-message-id")),
  ])
  func withoutACodeTheStatusDecides(status: String, expected: SendOutcome) async throws {
    let platform = try Platform { connection, _ in connection.respond(status, "<html>") }
    #expect(await send(platform: platform.server.url) == expected)
  }

  @Test(arguments: [
    ("30", Duration.seconds(30)), ("-1", nil), ("soon", nil), ("99999999999", .seconds(86_400)),
  ])
  func theTimeToWaitIsHandedOn(header: String, expected: Duration?) async throws {
    let platform = try Platform { connection, _ in
      connection.respond("429 Too Many Requests", headers: ["Retry-After: \(header)"], "{}")
    }
    let outcome = await send(platform: platform.server.url)
    #expect(outcome == .notTaken(reason: "throttled", code: nil, retryAfter: expected))
  }

  @Test(arguments: [
    (
      #"{"1":[{"estimated_time_to_regain_access":0},{"estimated_time_to_regain_access":19}]}"#,
      Duration.seconds(1_140)
    ),
    (#"{"1":[{"estimated_time_to_regain_access":"19"}]}"#, nil),
    (#"{"1":[{"estimated_time_to_regain_access":-9223372036854775808}]}"#, nil),
    (#"{"1":[{"estimated_time_to_regain_access":9223372036854775807}]}"#, nil), ("[[]]", nil), ("{", nil),
  ])
  func theTimeThatABusinessIsLockedOutIsHandedOn(usage: String, expected: Duration?) async throws {
    let platform = try Platform { connection, _ in
      let headers = ["X-Business-Use-Case-Usage: \(usage)"]
      connection.respond("400 Bad Request", headers: headers, #"{"error":{"code":80007}}"#)
    }
    let outcome = await send(platform: platform.server.url)
    #expect(outcome == .notTaken(reason: "throttled", code: 80007, retryAfter: expected))
  }

  @Test func anAnswerThatBreaksOffIsUncertain() async throws {
    let platform = try Platform { connection, _ in
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + Self.taken("wamid.1").prefix(40))
      connection.closeNow()
    }
    #expect(await send(platform: platform.server.url) == .uncertain(reason: "connection-lost"))
    #expect(platform.requests.count == 1)
  }

  @Test func noAnswerIsUncertain() async throws {
    let platform = try Platform { connection, _ in connection.waitForClose() }
    let outcome = await send(platform: platform.server.url, timeout: .seconds(1))
    #expect(outcome == .uncertain(reason: "timeout"))
  }

  @Test func anAnswerWithoutEndIsUncertain() async throws {
    let platform = try Platform { connection, _ in
      connection.startChunks()
      let chunk = [UInt8](repeating: 0x20, count: 64 << 10)
      for _ in 0..<64 { connection.chunk(chunk) }
      connection.waitForClose()
    }
    #expect(await send(platform: platform.server.url) == .uncertain(reason: "response-too-large"))
  }

  @Test func aRefusedConnectionIsNotTaken() async throws {
    let outcome = await send(platform: "http://127.0.0.1:\(try SocketServer.unusedPort())")
    #expect(outcome == .notTaken(reason: "unreachable", code: nil, retryAfter: nil))
  }

  @Test func aLongTextGoesOutInParts() async throws {
    let platform = try Platform { connection, number in
      connection.respond("200 OK", Self.taken("wamid.\(number)"))
    }
    let text = Array(repeating: "A sentence of some words.", count: 300).joined(separator: " ")
    #expect(
      await send(text, platform: platform.server.url)
        == .accepted(providerID: "wamid.1", earlier: ["wamid.0"]))
    let parts = try platform.requests.map { request in
      try #require(try JSONValue(parsing: request.body)["text"]?["body"]?.string)
    }
    #expect(parts.joined(separator: " ") == text)
    #expect(parts.allSatisfy { $0.utf16.count <= 4_096 && $0.hasSuffix(".") })
  }

  @Test func aPartThatFailsAfterOneWasTakenIsUncertain() async throws {
    let platform = try Platform { connection, number in
      connection.respond(
        number == 0 ? "200 OK" : "400 Bad Request",
        number == 0 ? Self.taken("wamid.0") : "{}"
      )
    }
    let outcome = await send(String(repeating: "word ", count: 3_000), platform: platform.server.url)
    #expect(outcome == .uncertain(reason: "partly-taken", parts: ["wamid.0"]))
    #expect(platform.requests.count == 2)
  }

  @Test func whatCannotBeSentIsRejectedWithoutACall() async throws {
    let platform = try Platform { connection, _ in connection.respond("200 OK", Self.taken("wamid.0")) }
    let url = platform.server.url
    #expect(await send(platform: url, account: nil) == .rejected(reason: "not-configured", code: nil))
    #expect(await send(platform: url, account: "../me?x=") == .rejected(reason: "not-configured", code: nil))
    #expect(await send(platform: url, token: "") == .rejected(reason: "not-configured", code: nil))
    #expect(
      await send(platform: url, token: "a\r\nHost: b") == .rejected(reason: "invalid-request", code: nil)
    )
    #expect(await send(to: "", platform: url) == .rejected(reason: "invalid-recipient", code: nil))
    #expect(await send(" \n", platform: url) == .rejected(reason: "empty-text", code: nil))
    let endless = String(repeating: "word ", count: 20_000)
    #expect(await send(endless, platform: url) == .rejected(reason: "text-too-long", code: nil))
    #expect(platform.requests.isEmpty)
  }
}
