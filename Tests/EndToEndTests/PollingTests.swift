import Foundation
import HTTPClient
import JSON
import TestKit
import TestServers
import Testing

/// Accounts that the engine asks, at servers of somebody else's.
@Suite(.timeLimit(.minutes(5))) struct PollingTests {
  /// Dovecot has the mailbox and aiosmtpd takes the answers, while the engine is killed again and again.
  @Test func everyMailOfAMailboxIsAnsweredOnceHoweverOftenTheEngineIsKilled() async throws {
    let dovecot = try EmailServer.imap()
    let smtp = try EmailServer.smtp()
    let authorities = dovecot.folder.appending(path: "authorities.pem")
    try (Data(contentsOf: dovecot.certificate) + Data(contentsOf: smtp.certificate)).write(to: authorities)
    try dovecot.deliver(mail(0, "From before the engine"))
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(
        database: database.url, ["AIGENTABLE_MAIL_CA_FILE": authorities.path]
      ) { installation in
        var engine = try await installation.serve()
        let id = try await installation.connect(
          """
          {"channel":"email","name":"Mail","account":"service@example.org",
          "incoming":{"url":"imap://127.0.0.1:\(try dovecot.port)","user":"user","password":"secret"},
          "outgoing":{"url":"smtp://127.0.0.1:\(try smtp.port)","user":"user","password":"secret"}}
          """)
        try await installation.awaitPolling(id)
        let checked = try await installation.call("POST", "/v1/connections/\(id)/check")
        #expect(checked["ok"]?.bool == true, "\(checked)")
        for number in 1...8 {
          try dovecot.deliver(mail(number, "How many days do I have to return something?"))
          if number % 4 == 2 {
            await engine.crash()
            engine = try await installation.serve()
          }
        }
        let conversations = try await eventually("all mails are answered", within: .seconds(120)) {
          let all = try await installation.conversations()
          return all.count == 8 && all.allSatisfy { $0.messages.count == 2 && $0.messages[1].isSettled }
            ? all : nil
        }
        #expect(Set(conversations.map { $0.contact.address }) == Set((1...8).map { "ann\($0)@example.com" }))
        var sent: [String] = []
        while let bytes = smtp.message(sent.count) { sent.append(String(decoding: bytes, as: UTF8.self)) }
        let uncertain = conversations.count { $0.messages[1].status == "uncertain" }
        #expect(sent.count <= 8 && sent.count >= 8 - uncertain)
        for number in 1...8 {
          let answers = sent.filter { $0.contains("In-Reply-To: <\(number)@example.com>") }
          #expect(answers.count <= 1, "\(number)")
        }
        #expect(await engine.stop() == 0)
      }
    }
  }

  private func mail(_ number: Int, _ text: String) -> [UInt8] {
    // Latin 1 that no header declares.
    Array(
      """
      From: Ann <ann\(number)@example.com>\r\nTo: service@example.org\r\nMessage-ID: <\(number)@example.com>\r
      Subject: Return \(number)\r\n\r\n\(text)\r\nGr
      """.utf8) + [0xFC, 0xDF] + Array("e\r\n".utf8)
  }

  /// An emulator of the Bot API, of somebody else's.
  @Test func aBotWithoutAPublicAddressAnswersEachMessageOnceAcrossKills() async throws {
    let port = try SocketServer.unusedPort()
    let emulator = try ServerProcess(
      ["lo-bot-api-emulator", "--port", "\(port)", "--enable-control", "--allow-insecure-loopback-webhooks"],
      environment: ["PYTHONUNBUFFERED": "1"], ready: "Running on")
    let telegram = "http://127.0.0.1:\(port)"
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(
        database: database.url, ["AIGENTABLE_TELEGRAM_BASE_URL": telegram]
      ) { installation in
        var engine = try await installation.serve()
        let id = try await installation.connect(
          #"{"channel":"telegram","name":"Bot","account":"pigeon_bot","access_token":"77:token"}"#)
        for number in 1...6 {
          try await installation.place.postJSON(
            """
            {"token":"77:token","update":{"message":{"message_id":\(number),"date":1700000000,
            "text":"How many days do I have to return something?","chat":{"id":\(40 + number),"type":"private"},
            "from":{"id":\(40 + number),"is_bot":false,"first_name":"Ada"}}}}
            """, to: "\(telegram)/__fixture/updates")
          // A step that finds nothing shows after 50 s only.
          if number == 1 { try await installation.awaitPolling(id) }
          if number % 4 == 3 {
            await engine.crash()
            engine = try await installation.serve()
          }
        }
        let conversations = try await eventually("all are answered", within: .seconds(120)) {
          let all = try await installation.conversations()
          return all.count == 6 && all.allSatisfy { $0.messages.count == 2 && $0.messages[1].isSettled }
            ? all : nil
        }
        #expect(Set(conversations.map { $0.contact.address }) == Set((41...46).map { "\($0)" }))
        #expect(await engine.stop() == 0)
      }
    }
    withExtendedLifetime(emulator) {}
  }
}

extension Installation {
  /// Makes a connection of the demo's agent; its id.
  func connect(_ body: String) async throws -> String {
    let agent = try await get("/v1/agents")["items"]?[0]?["id"]?.string ?? ""
    let made = try await call(
      "POST", "/v1/connections", "{\"agent\":\"\(agent)\"," + body.drop { $0 != "{" }.dropFirst())
    guard let id = made["id"]?.string else { throw TestSetupError("no connection was made: \(made)") }
    return id
  }

  func awaitPolling(_ id: String) async throws {
    try await eventually("the account is polled") {
      try await get("/v1/connections/\(id)")["polling"]?["state"]?.string == "polling" ? true : nil
    }
  }

  func call(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
    var headers = [("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")")]
    if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
    let response = try await place.client.send(
      HTTPRequest(method: method, url: place.engine + path, headers: headers, body: Array(body.utf8)))
    return try JSONValue(parsing: response.body)
  }
}
