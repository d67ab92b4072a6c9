import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import TestServers
import Testing

/// Sending over a real socket to a stand-in for the Graph API.
@Suite(.timeLimit(.minutes(1))) struct MessengerSendTests {
  let client = HTTPClient(maximumConcurrentRequests: 4)

  func send(
    _ message: OutboundMessage = .toSeven(),
    _ url: String,
    account: String? = "1",
    token: String? = "EAAt0ken",
    timeout: Duration = .seconds(20)
  ) async -> SendOutcome {
    let secrets = MessengerServer.secrets(account: account, token: token)
    return await MessengerChannel(baseURL: url, timeout: timeout).send(message, from: secrets, using: client)
  }

  @Test func theRequestIsAsDocumented() async throws {
    let server = try MessengerServer()
    let message = OutboundMessage.toSeven("**hi** _Zoë_, [us](https://a.example)", replyTo: "m_in")
    #expect(await send(message, server.url) == .accepted(providerID: "m_0"))
    let request = try #require(server.requests.first)
    let lines = request.head.split(separator: "\r\n")
    #expect(lines.first == "POST /v26.0/1/messages HTTP/1.1")
    #expect(lines.contains("Authorization: Bearer EAAt0ken"))
    #expect(lines.contains("Content-Type: application/json"))
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"recipient":{"id":"7"},"messaging_type":"RESPONSE","reply_to":{"mid":"m_in"},"#
        + #""message":{"text":"hi Zoë, us (https://a.example)","metadata":"aigentable/\#(OutboundMessage.sevensID)"}}"#
    )
  }

  @Test func anIDThatWasMadeHereIsNotNamed() async throws {
    let server = try MessengerServer()
    _ = await send(.toSeven(replyTo: "made/postback/7/1"), server.url)
    #expect(try server.bodies().first?["reply_to"] == nil)
  }

  @Test func onlyAPersonWritesAfterADayAndNobodyAfterAWeek() async throws {
    let server = try MessengerServer()
    let refused = SendOutcome.rejected(reason: "outside-window", code: nil)
    #expect(await send(.toSeven(hours: 23.9), server.url) == .accepted(providerID: "m_0"))
    #expect(await send(.toSeven(hours: 24), server.url) == refused)
    #expect(
      await send(.toSeven(hours: 24, isByPerson: true), server.url) == .accepted(providerID: "m_1"))
    #expect(await send(.toSeven(hours: 168, isByPerson: true), server.url) == refused)
    #expect(await send(.toSeven(hours: nil), server.url) == .accepted(providerID: "m_2"))
    let tags = try server.bodies().map { ($0["messaging_type"]?.string, $0["tag"]?.string) }
    #expect(tags.map(\.0) == ["RESPONSE", "MESSAGE_TAG", "RESPONSE"])
    #expect(tags.map(\.1) == [nil, "HUMAN_AGENT", nil])
  }

  @Test func fewChoicesAreButtonsManyAreQuickRepliesMoreAreAList() async throws {
    func message(_ count: Int, title: String = "Yes", text: String = "Well?") async throws -> JSONValue {
      let server = try MessengerServer()
      let choices = (1...count).map { OutboundChoice(title: "\(title) \($0)", payload: "p\($0)") }
      #expect(await send(.toSeven(text, choices: choices), server.url) == .accepted(providerID: "m_0"))
      return try #require(try server.bodies().first?["message"])
    }
    let buttons = try await message(3)["attachment"]?["payload"]
    #expect(buttons?["template_type"]?.string == "button")
    #expect(buttons?["text"]?.string == "Well?")
    #expect(
      buttons?["buttons"]?[2].map { String(decoding: $0.serialized(), as: UTF8.self) }
        == #"{"type":"postback","title":"Yes 3","payload":"p3"}"#)
    for replies in [try await message(13), try await message(3, text: String(repeating: "x", count: 641))] {
      #expect(
        replies["quick_replies"]?[0].map { String(decoding: $0.serialized(), as: UTF8.self) }
          == #"{"content_type":"text","title":"Yes 1","payload":"p1"}"#)
    }
    let list = try await message(14)
    #expect(list["quick_replies"] == nil)
    #expect(list["text"]?.string?.hasPrefix("Well?\n\n1. Yes 1\n2. Yes 2\n") == true)
    let long = try await message(2, title: "More than twenty units")
    #expect(long["text"]?.string == "Well?\n\n1. More than twenty units 1\n2. More than twenty units 2")
  }

  @Test func choicesWithDescriptionsAreCards() async throws {
    let server = try MessengerServer()
    let choices = [
      OutboundChoice(title: "Red", payload: "r", description: "As wine"),
      OutboundChoice(title: "Blue", payload: "b"),
    ]
    #expect(
      await send(.toSeven(choices: choices), server.url) == .accepted(providerID: "m_1", earlier: ["m_0"]))
    let payload = try server.bodies()[1]["message"]?["attachment"]?["payload"]
    #expect(payload?["template_type"]?.string == "generic")
    #expect(
      payload?["elements"]?[0].map { String(decoding: $0.serialized(), as: UTF8.self) }
        == #"{"title":"Red","subtitle":"As wine","buttons":[{"type":"postback","title":"Red","payload":"r"}]}"#
    )
  }

  @Test func filesAreUploadedBeforeAnythingIsSaid() async throws {
    let server = try MessengerServer()
    let file = OutboundAttachment(
      kind: .document, mediaType: "application/pdf", name: "a\"\r\nb.pdf", bytes: [0, 13, 10, 255])
    let voice = OutboundAttachment(kind: .voice, mediaType: "audio\r\nX: y", name: nil, bytes: [1])
    let message = OutboundMessage.toSeven("here", attachments: [file, voice], replyTo: "m_in")
    #expect(await send(message, server.url) == .accepted(providerID: "m_4", earlier: ["m_2", "m_3"]))
    #expect(
      server.paths()
        == ["message_attachments", "message_attachments", "messages", "messages", "messages"].map {
          "/v26.0/1/\($0)"
        })
    let boundary = "aigentable-\(OutboundMessage.sevensID)-0"
    let lines = server.requests[0].head.split(separator: "\r\n")
    #expect(lines.contains("Content-Type: multipart/form-data; boundary=\(boundary)"))
    let expected =
      "--\(boundary)\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n"
      + #"{"attachment":{"type":"file","payload":{"is_reusable":false}}}"#
      + "\r\n--\(boundary)\r\nContent-Disposition: form-data; name=\"filedata\"; filename=\"a%22%0D%0Ab.pdf\"\r\n"
      + "Content-Type: application/pdf\r\n\r\n"
    #expect(
      server.requests[0].body == Array(expected.utf8) + file.bytes + Array("\r\n--\(boundary)--\r\n".utf8))
    #expect(String(decoding: server.requests[1].body, as: UTF8.self).contains("application/octet-stream"))
    let sent = try server.requests[2...].map { try JSONValue(parsing: $0.body) }
    #expect(
      sent.map { $0["message"]?["attachment"]?["payload"]?["attachment_id"]?.string } == ["90", "91", nil])
    #expect(sent.map { $0["message"]?["attachment"]?["type"]?.string } == ["file", "audio", nil])
    #expect(sent.map { $0["reply_to"]?["mid"]?.string } == ["m_in", nil, nil])
  }

  @Test func aFileThatIsNotTakenLeavesNothingSaid() async throws {
    let file = OutboundAttachment(kind: .image, mediaType: "image/png", name: nil, bytes: [1])
    let server = try MessengerServer { connection, _ in connection.respond("500 Internal Server Error", "{}")
    }
    #expect(
      await send(.toSeven(attachments: [file]), server.url)
        == .notTaken(reason: "server-error", code: nil, retryAfter: nil))
    #expect(server.requests.count == 1)
    let large = OutboundAttachment(
      kind: .video, mediaType: "video/mp4", name: nil, bytes: [UInt8](repeating: 0, count: 25 << 20 + 1))
    #expect(
      await send(.toSeven(attachments: [large]), server.url) == .rejected(reason: "too-large", code: nil))
    #expect(server.requests.count == 1)
  }

  @Test func aLongTextGoesOutInParts() async throws {
    let server = try MessengerServer()
    let text = Array(repeating: "A sentence of some words.", count: 100).joined(separator: " ")
    #expect(await send(.toSeven(text), server.url) == .accepted(providerID: "m_1", earlier: ["m_0"]))
    let parts = try server.bodies().compactMap { $0["message"]?["text"]?.string }
    #expect(parts.joined(separator: " ") == text)
    #expect(parts.allSatisfy { $0.utf16.count <= 2_000 })
  }

  @Test func aPartThatFailsAfterOneWasTakenIsUncertain() async throws {
    let server = try MessengerServer { connection, number in
      connection.respond(number == 0 ? "200 OK" : "400 Bad Request", #"{"message_id":"m_0"}"#)
    }
    #expect(
      await send(.toSeven(String(repeating: "word ", count: 900)), server.url)
        == .uncertain(reason: "partly-taken", parts: ["m_0"]))
    #expect(server.requests.count == 2)
  }

  @Test(arguments: [
    (4, nil, SendOutcome.notTaken(reason: "throttled", code: 4, retryAfter: nil)),
    (4, 2_018_022, .notTaken(reason: "throttled", code: 4, retryAfter: nil)),
    (17, nil, .notTaken(reason: "throttled", code: 17, retryAfter: nil)),
    (32, nil, .notTaken(reason: "throttled", code: 32, retryAfter: nil)),
    (613, nil, .notTaken(reason: "throttled", code: 613, retryAfter: nil)),
    (80_006, nil, .notTaken(reason: "throttled", code: 80_006, retryAfter: nil)),
    (1_200, nil, .notTaken(reason: "unavailable", code: 1_200, retryAfter: nil)),
    (100, 2_018_001, .rejected(reason: "invalid-recipient", code: 100)),
    (100, nil, .rejected(reason: "invalid-request", code: 100)),
    (10, 2_018_278, .rejected(reason: "outside-window", code: 10)),
    (10, 2_534_022, .rejected(reason: "outside-window", code: 10)),
    (10, nil, .rejected(reason: "unauthorised", code: 10)),
    (10, 2_018_300, .rejected(reason: "not-in-control", code: 10)),
    (551, 1_545_041, .rejected(reason: "blocked", code: 551)),
    (200, 1_545_041, .rejected(reason: "blocked", code: 200)),
    (190, nil, .rejected(reason: "unauthorised", code: 190)),
    (368, nil, .rejected(reason: "account-restricted", code: 368)),
    (1, nil, .notTaken(reason: "server-error", code: 1, retryAfter: nil)),
    (2, nil, .notTaken(reason: "server-error", code: 2, retryAfter: nil)),
    (999_999, nil, .rejected(reason: "invalid-request", code: 999_999)),
  ])
  func metasCodeDecides(code: Int, subcode: Int?, expected: SendOutcome) async throws {
    let server = try MessengerServer { connection, _ in
      let more = subcode.map { #","error_subcode":\#($0)"# } ?? ""
      connection.respond(
        "400 Bad Request", #"{"error":{"message":"(#\#(code)) to 7","code":\#(code)\#(more)}}"#)
    }
    #expect(await send(.toSeven(), server.url) == expected)
    #expect(server.requests.count == 1)
  }

  @Test func withoutAUsefulAnswerItIsAsUncertainAsItIs() async throws {
    func outcome(
      timeout: Duration = .seconds(20), _ answer: @escaping @Sendable (ServerConnection, Int) -> Void
    ) async throws -> SendOutcome {
      let server = try MessengerServer(answer)
      let outcome = await send(.toSeven(), server.url, timeout: timeout)
      #expect(server.requests.count == 1)
      return outcome
    }
    #expect(
      try await outcome { connection, _ in connection.respond("200 OK", "<html>") }
        == .uncertain(reason: "no-message-id"))
    #expect(
      try await outcome(timeout: .seconds(2)) { connection, _ in connection.waitForClose() }
        == .uncertain(reason: "timeout"))
    #expect(
      try await outcome { connection, _ in
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
        connection.closeNow()
      } == .uncertain(reason: "connection-lost"))
    #expect(
      await send(.toSeven(), "http://127.0.0.1:\(try SocketServer.unusedPort())")
        == .notTaken(reason: "unreachable", code: nil, retryAfter: nil))
    let slow = try MessengerServer { connection, _ in
      connection.respond("429 Too Many Requests", headers: ["Retry-After: 30"], "{}")
    }
    #expect(
      await send(.toSeven(), slow.url) == .notTaken(reason: "throttled", code: nil, retryAfter: .seconds(30)))
  }

  @Test func whatCannotBeSentIsRejectedWithoutACall() async throws {
    let server = try MessengerServer()
    let unset = SendOutcome.rejected(reason: "not-configured", code: nil)
    #expect(await send(.toSeven(), server.url, account: nil) == unset)
    #expect(await send(.toSeven(), server.url, account: "../me?x=") == unset)
    #expect(await send(.toSeven(), server.url, token: "") == unset)
    #expect(
      await send(.toSeven(), server.url, token: "a\r\nHost: b")
        == .rejected(reason: "invalid-request", code: nil))
    #expect(
      await send(.toSeven(address: ""), server.url) == .rejected(reason: "invalid-recipient", code: nil))
    #expect(await send(.toSeven(" \n"), server.url) == .rejected(reason: "empty-text", code: nil))
    #expect(
      await send(.toSeven(String(repeating: "word ", count: 20_000)), server.url)
        == .rejected(reason: "text-too-long", code: nil))
    #expect(server.requests.isEmpty)
  }

  @Test func readingAndTypingAreShown() async throws {
    let server = try MessengerServer()
    let channel = MessengerChannel(baseURL: server.url)
    let target = MessageReference(address: "7", providerID: "m_in")
    let secrets = MessengerServer.secrets()
    #expect(await channel.show(.read, to: target, from: secrets, using: client))
    #expect(await channel.show(.typing, to: target, from: secrets, using: client))
    #expect(
      server.requests.map { String(decoding: $0.body, as: UTF8.self) } == [
        #"{"recipient":{"id":"7"},"sender_action":"mark_seen"}"#,
        #"{"recipient":{"id":"7"},"sender_action":"typing_on"}"#,
      ])
    let refusing = try MessengerServer { connection, _ in connection.respond("400 Bad Request", "{}") }
    #expect(
      await !MessengerChannel(baseURL: refusing.url).show(.read, to: target, from: secrets, using: client))
  }

  @Test func aProfileIsSet() async throws {
    let server = try MessengerServer()
    let profile = MessengerProfile(
      greetings: [.init(text: "Hello")], start: "START",
      menu: [.init(title: "Hours", payload: "H"), .init(title: "Shop", url: "https://a.example")],
      iceBreakers: [.init(question: "Open?", payload: "H")])
    let outcome = await MessengerChannel(baseURL: server.url).setUp(
      profile, for: MessengerServer.secrets(), using: client)
    #expect(outcome == .done)
    #expect(server.paths() == ["/v26.0/1/messenger_profile"])
    #expect(
      String(decoding: server.requests[0].body, as: UTF8.self)
        == #"{"greeting":[{"locale":"default","text":"Hello"}],"get_started":{"payload":"START"},"#
        + #""persistent_menu":[{"locale":"default","call_to_actions":[{"type":"postback","title":"Hours","payload":"H"},"#
        + #"{"type":"web_url","title":"Shop","url":"https://a.example"}]}],"#
        + #""ice_breakers":[{"locale":"default","call_to_actions":[{"question":"Open?","payload":"H"}]}]}"#)
    let refusing = try MessengerServer { connection, _ in
      connection.respond("400 Bad Request", #"{"error":{"code":100}}"#)
    }
    #expect(
      await MessengerChannel(baseURL: refusing.url).setUp(
        profile, for: MessengerServer.secrets(), using: client)
        == .failed(reason: "invalid-request", code: 100))
  }

  /// Messenger Platform, "Messenger Profile API": DELETE with the names of the properties.
  @Test func partsOfAProfileAreRemoved() async throws {
    let server = try MessengerServer()
    let channel = MessengerChannel(baseURL: server.url)
    let removal = MessengerProfile(removed: [.start, .menu])
    #expect(await channel.setUp(removal, for: MessengerServer.secrets(), using: client) == .done)
    let both = MessengerProfile(start: "START", removed: [.greetings, .iceBreakers])
    #expect(await channel.setUp(both, for: MessengerServer.secrets(), using: client) == .done)
    #expect(
      server.requests.map { $0.head.prefix { !$0.isNewline } } == [
        "DELETE /v26.0/1/messenger_profile HTTP/1.1", "POST /v26.0/1/messenger_profile HTTP/1.1",
        "DELETE /v26.0/1/messenger_profile HTTP/1.1",
      ])
    #expect(
      server.requests.map { String(decoding: $0.body, as: UTF8.self) } == [
        #"{"fields":["get_started","persistent_menu"]}"#, #"{"get_started":{"payload":"START"}}"#,
        #"{"fields":["greeting","ice_breakers"]}"#,
      ])
    // Nothing is removed where what was to be set was refused.
    let refusing = try MessengerServer { connection, _ in
      connection.respond("400 Bad Request", #"{"error":{"code":100}}"#)
    }
    #expect(
      await MessengerChannel(baseURL: refusing.url).setUp(
        both, for: MessengerServer.secrets(), using: client)
        == .failed(reason: "invalid-request", code: 100))
    #expect(refusing.requests.count == 1)
  }
}
