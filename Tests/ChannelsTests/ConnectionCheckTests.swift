import Channels
import Contracts
import HTTPClient
import TestServers
import Testing

/// What a check says of each thing that can be wrong, of servers that answer as the platforms document it.
@Suite struct ConnectionCheckTests {
  private let client = HTTPClient()
  private let url = "https://engine.example/webhooks/whatsapp/1"

  private static let expired = (
    401, #"{"error":{"message":"Session has expired","type":"OAuthException","code":190}}"#
  )
  private static let forbidden = (
    403,
    #"{"error":{"message":"(#10) Application does not have permission","type":"OAuthException","code":10}}"#
  )
  private static let unknown = (
    400,
    #"{"error":{"message":"Unsupported get request.","type":"GraphMethodException","code":100,"error_subcode":33}}"#
  )
  private static let throttled = (400, #"{"error":{"message":"limit","type":"OAuthException","code":4}}"#)

  @Test func whatsAppSaysWhatIsWrong() async throws {
    let number =
      #"{"display_phone_number":"+1 555","verified_name":"Shop","code_verification_status":"VERIFIED","id":"1"}"#
    func webhook(_ members: String) -> String { #"{"webhook_configuration":{\#(members)},"id":"1"}"# }
    let cases: [([(Int, String)], [String?])] = [
      ([(200, number), (200, webhook(#""application":"\#(url)""#))], [nil, nil]),
      (
        [(200, number), (200, webhook(#""phone_number":"\#(url)","application":"https://old.example""#))],
        [nil, nil]
      ),
      (
        [
          (200, number),
          (200, webhook(#""whatsapp_business_account":"https://old.example","application":"\#(url)""#)),
        ],
        [nil, "elsewhere"]
      ),
      ([(200, number), (200, #"{"id":"1"}"#)], [nil, "not-set"]),
      (
        [
          (200, number.replacing("VERIFIED", with: "NOT_VERIFIED")),
          (200, webhook(#""application":"\#(url)""#)),
        ], ["not-verified", nil]
      ),
      ([Self.expired], ["unauthorised"]),
      ([Self.forbidden], ["missing-permission"]),
      ([Self.unknown], ["unknown-account"]),
      ([Self.throttled], ["throttled"]),
      ([(200, "[]")], ["malformed-response"]),
    ]
    for (answers, problems) in cases {
      let server = try server(answers)
      let findings = await WhatsAppChannel(baseURL: server.url).check(secrets(), at: url, using: client)
      #expect(findings.map(\.problem) == problems, "\(answers)")
      #expect(findings.allSatisfy { !$0.detail.contains("EAAt0ken") })
      #expect(server.requests.allSatisfy { $0.head.contains("Authorization: Bearer EAAt0ken") })
    }
  }

  @Test func pagesAndInstagramAccountsSayWhatIsWrong() async throws {
    let name = (200, #"{"name":"Shop","username":"shop","id":"1"}"#)
    let cases: [([(Int, String)], [String?])] = [
      (
        [name, (200, #"{"data":[{"id":"9","subscribed_fields":["messages","message_reads"]}]}"#)], [nil, nil]
      ),
      ([name, (200, #"{"data":[{"id":"9","subscribed_fields":["feed"]}]}"#)], [nil, "not-subscribed"]),
      ([name, (200, #"{"data":[]}"#)], [nil, "not-subscribed"]),
      ([name, Self.forbidden], [nil, "missing-permission"]),
      ([Self.expired], ["unauthorised"]),
      ([Self.forbidden], ["missing-permission"]),
      ([Self.unknown], ["unknown-account"]),
    ]
    for (answers, problems) in cases {
      let page = try server(answers)
      let messenger = MessengerChannel(baseURL: page.url)
      #expect(
        await messenger.check(secrets(), at: url, using: client).map(\.problem) == problems, "\(answers)")
      let account = try server(answers)
      let instagram = InstagramChannel(pageURL: account.url, accountURL: account.url)
      for token in ["EAAt0ken", "IGt0ken"] {
        let server = try server(answers)
        let channel = InstagramChannel(pageURL: server.url, accountURL: server.url)
        let findings = await channel.check(secrets(token: token), at: url, using: client)
        #expect(findings.map(\.problem) == problems, "\(token) \(answers)")
      }
      #expect(await instagram.check(secrets(), at: url, using: client).map(\.problem) == problems)
    }
  }

  /// `/me` has two ids: webhooks name the account by `user_id`.
  @Test(arguments: [(#""1""#, nil), ("1", nil), (#""2""#, "other-account")] as [(String, String?)])
  func anInstagramAccountThatWebhooksNameOtherwiseIsTold(id: String, problem: String?) async throws {
    let me = (200, #"{"user_id":\#(id),"username":"shop","id":"1"}"#)
    let server = try server([me, (200, #"{"data":[{"id":"9","subscribed_fields":["messages"]}]}"#)])
    let channel = InstagramChannel(pageURL: server.url, accountURL: server.url)
    let findings = await channel.check(secrets(token: "IGt0ken"), at: url, using: client)
    #expect(findings.first?.problem == problem)
    #expect(server.requests.first?.head.contains("/me?fields=user_id,username ") == true)
  }

  @Test func telegramSaysWhatIsWrong() async throws {
    let bot = (200, #"{"ok":true,"result":{"id":7,"is_bot":true,"username":"pigeon_bot"}}"#)
    func info(_ members: String) -> (Int, String) { (200, #"{"ok":true,"result":{\#(members)}}"#) }
    let cases: [([(Int, String)], [String?])] = [
      ([bot, info(#""url":"\#(url)","pending_update_count":0"#)], [nil, nil]),
      ([bot, info(#""url":"","pending_update_count":0"#)], [nil, "not-set"]),
      ([bot, info(#""url":"https://old.example","pending_update_count":0"#)], [nil, "elsewhere"]),
      (
        [bot, info(#""url":"\#(url)","pending_update_count":3,"last_error_message":"Connection refused""#)],
        [nil, "not-delivered"]
      ),
      (
        [
          (200, #"{"ok":true,"result":{"id":8,"is_bot":true,"username":"other_bot"}}"#),
          info(#""url":"\#(url)""#),
        ],
        ["other-account", nil]
      ),
      ([(401, #"{"ok":false,"error_code":401,"description":"Unauthorized"}"#)], ["unauthorised"]),
      ([(404, #"{"ok":false,"error_code":404,"description":"Not Found"}"#)], ["unauthorised"]),
    ]
    for (answers, problems) in cases {
      let server = try server(answers)
      let connection = ConnectionCreated.Private(
        account: "pigeon_bot", appSecret: nil, verifyToken: "v", accessToken: "7:token")
      let findings = await TelegramChannel(baseURL: server.url).check(connection, at: url, using: client)
      #expect(findings.map(\.problem) == problems, "\(answers)")
    }
  }

  @Test func aProviderThatIsAwayIsSaidToBe() async throws {
    let away = "http://127.0.0.1:\(try SocketServer.unusedPort())"
    let telegram = ConnectionCreated.Private(
      account: "b", appSecret: nil, verifyToken: "v", accessToken: "7:t")
    for (channel, connection) in [
      (WhatsAppChannel(baseURL: away), secrets()), (MessengerChannel(baseURL: away), secrets()),
      (InstagramChannel(pageURL: away, accountURL: away), secrets()),
      (TelegramChannel(baseURL: away), telegram),
    ] as [(any ChannelAdapter, ConnectionCreated.Private)] {
      let findings = await channel.check(connection, at: url, using: client)
      #expect(findings.map(\.problem) == ["unreachable"], "\(channel.channel)")
      let nobody = ConnectionCreated.Private(account: nil, appSecret: nil, verifyToken: nil, accessToken: nil)
      #expect(await channel.check(nobody, at: url, using: client).first?.problem == "not-configured")
    }
  }

  /// Real servers: aiosmtpd with STARTTLS and AUTH, Dovecot with STARTTLS.
  @Test func mailServersAreSignedInTo() async throws {
    let smtp = try EmailServer.smtp()
    let dovecot = try EmailServer.imap()
    let unused = try SocketServer.unusedPort()
    func findings(
      _ incoming: String, _ outgoing: String, password: String = "secret", trusting server: EmailServer? = nil
    ) async -> [String?] {
      let channel = EmailChannel(mail: server?.client ?? smtp.client)
      let connection = ConnectionCreated.Private(
        account: "service@example.org", appSecret: nil, verifyToken: nil, accessToken: nil,
        incoming: .init(url: incoming, user: "user", password: password),
        outgoing: .init(url: outgoing, user: "user", password: password))
      return await channel.check(connection, at: nil, using: client).map(\.problem)
    }
    let imap = "imap://127.0.0.1:\(try dovecot.port)"
    let out = "smtp://127.0.0.1:\(try smtp.port)"
    #expect(await findings(imap, out)[1] == nil)
    #expect(await findings(imap, out, trusting: dovecot)[0] == nil)
    // Each server's certificate is its own: the other one's client does not trust it.
    #expect(await findings(imap, out)[0] == "tls-failed")
    #expect(await findings(imap, out, trusting: dovecot)[1] == "tls-failed")
    #expect(await findings(imap, out, password: "wrong")[1] == "unauthorised")
    #expect(await findings(imap, out, password: "wrong", trusting: dovecot)[0] == "unauthorised")
    let away = await findings("imap://127.0.0.1:\(unused)", "smtp://127.0.0.1:\(unused)")
    #expect(away == ["unreachable", "unreachable"])
    let swapped = await findings(out, imap)
    #expect(swapped == ["not-configured", "not-configured"])
  }

  // MARK: Parts

  private func secrets(token: String = "EAAt0ken") -> ConnectionCreated.Private {
    ConnectionCreated.Private(account: "1", appSecret: nil, verifyToken: nil, accessToken: token)
  }

  private func server(_ answers: [(Int, String)]) throws -> MessengerServer {
    try MessengerServer { connection, number in
      let (status, body) = answers[min(number, answers.count - 1)]
      connection.respond("\(status) \(status == 200 ? "OK" : "Refused")", body)
    }
  }
}
