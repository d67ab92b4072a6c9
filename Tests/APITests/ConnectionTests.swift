@testable import API
import Channels
import Contracts
import Foundation
import HTTPClient
import JSON
import Keyring
import Knowledge
import Postgres
import TestKit
import TestServers
import Testing

struct ConnectionTests {
  private let body = #"{"object":"whatsapp_business_account","entry":[]}"#

  private func post(_ api: TestAPI, secret: String) async throws -> Int {
    try await api.call(
      "POST", "/webhooks/whatsapp/\(api.tenant.whatsApp)", body,
      headers: [("X-Hub-Signature-256", api.sign(body.utf8, secret: secret))]
    ).status
  }

  @Test func secretsAreReplacedWithoutLoss() async throws {
    try await TestAPI.with { api in
      let path = "/connections/\(api.tenant.whatsApp)"
      let changed = try await api.v1("PATCH", path, #"{"app_secret":"another","name":"Renamed"}"#)
      #expect(changed.status == 200 && changed.json?["name"]?.string == "Renamed")
      #expect(changed.json?["previous_accepted_until"]?.string != nil && !changed.text.contains("another"))
      #expect(try await post(api, secret: "another") == 200)
      #expect(try await post(api, secret: api.tenant.appSecret) == 200)
      #expect(try await post(api, secret: "neither") == 401)
      let handshake = "/webhooks/whatsapp/\(api.tenant.whatsApp)?hub.mode=subscribe&hub.challenge=7"
      #expect(
        try await api.call("GET", handshake + "&hub.verify_token=\(api.tenant.verifyToken)").text == "7")
      let ended = try await api.v1("PATCH", path, #"{"accept_previous_hours":0}"#)
      #expect(ended.status == 200 && ended.json?["previous_accepted_until"] == nil)
      #expect(try await post(api, secret: api.tenant.appSecret) == 401)
      #expect(try await post(api, secret: "another") == 200)
      for bad in [
        #"{"channel":"telegram"}"#, #"{"app_secret":null}"#, #"{"name":""}"#,
        #"{"accept_previous_hours":721}"#,
      ] {
        #expect(try await api.v1("PATCH", path, bad).status == 422, "\(bad)")
      }
      let sealed = try await api.database.pool.withConnection { connection in
        try connection.execute(
          "select count(*) from log.record where position('another' in encode(value, 'escape')) > 0")[0]
          .int8(0)
      }
      #expect(sealed == 0)
    }
  }

  @Test func aDisabledConnectionTakesNothingUntilItIsEnabled() async throws {
    try await TestAPI.with { api in
      let path = "/connections/\(api.tenant.whatsApp)"
      let disabled = try await api.v1("POST", path + "/disable")
      #expect(disabled.status == 200 && disabled.json?["disabled"]?.bool == true)
      #expect(try await post(api, secret: api.tenant.appSecret) == 404)
      #expect(try await api.v1("POST", path + "/disable").status == 200)
      #expect(try await api.v1("POST", path + "/enable").json?["disabled"]?.bool == false)
      #expect(try await post(api, secret: api.tenant.appSecret) == 200)
      #expect(try await api.v1("GET", path).json?["disabled"]?.bool == false)
      let other = try await api.provisionAnother()
      for (method, more) in [("GET", ""), ("PATCH", ""), ("POST", "/disable"), ("POST", "/check")] {
        let answer = try await api.v1(method, "/connections/\(other.whatsApp)\(more)", "{}")
        #expect(answer.status == 404, "\(method) \(more)")
      }
    }
  }

  @Test func aBotWithoutASecretToShowIsPolled() async throws {
    try await TestAPI.with { api in
      let made = try await api.v1(
        "POST", "/connections",
        #"{"channel":"telegram","name":"Bot","account":"pigeon_bot","verify_token":"v","access_token":"7:a"}"#
      )
      #expect(made.status == 201 && made.json?["polling"] == nil)
      let id = try #require(made.json?["id"]?.string)
      let changed = try await api.v1("PATCH", "/connections/\(id)", #"{"verify_token":null}"#)
      #expect(changed.json?["polling"]?["state"]?.string == "starting")
      // Webhooks shown with the secret that it had are taken for a while.
      let update = #"{"update_id":1}"#
      let header = "X-Telegram-Bot-Api-Secret-Token"
      #expect(
        try await api.call("POST", "/webhooks/telegram/\(id)", update, headers: [(header, "v")]).status == 200
      )
      #expect(
        try await api.call("POST", "/webhooks/telegram/\(id)", update, headers: [(header, "")]).status == 401)
    }
  }

  @Test func mailIsTakenAsTheBytesThatItIs() async throws {
    try await TestAPI.with { api in
      let made = try await api.v1(
        "POST", "/connections",
        """
        {"channel":"email","name":"Mail","account":"shop@example.com","verify_token":"handover",
        "outgoing":{"url":"smtps://mail.example.com","user":"u","password":"p"}}
        """)
      let id = try #require(made.json?["id"]?.string)
      // "Grüße" in Latin 1 and undeclared: no UTF-8.
      let mail =
        Array("From: ada@example.com\r\nSubject: Hi\r\n\r\nGr".utf8) + [0xFC, 0xDF] + Array("e\r\n".utf8)
      let path = "/webhooks/email/\(id)"
      func hand(_ bytes: [UInt8], token: String = "handover", type: String = "message/rfc822") async throws
        -> Int
      {
        try await api.post(bytes, to: path, [("Authorization", "Bearer \(token)"), ("Content-Type", type)])
      }
      #expect(try await hand(mail) == 200)
      #expect(try await hand(mail, token: "other") == 401)
      #expect(try await hand(mail, type: "application/json") == 415)
      #expect(try await hand(Array("no mail at all".utf8)) == 400)
      #expect(try await hand([UInt8](repeating: 0x41, count: 26 << 20)) == 413)
      let (facts, bytes) = try #require(try await api.mails().first)
      #expect(facts.bytes == mail.count && bytes == mail)
      #expect(try await api.count(.inbound) == 1)
    }
  }

  @Test func aCheckSaysWhatTheProviderSays() async throws {
    let telegram = try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        let method = request.head.split(separator: " ")[1].split(separator: "/").last ?? ""
        switch method {
        case "getMe":
          connection.respond("200 OK", headers: [], #"{"ok":true,"result":{"id":7,"username":"pigeon_bot"}}"#)
        case "getWebhookInfo":
          connection.respond(
            "200 OK", headers: [],
            #"{"ok":true,"result":{"url":"https://elsewhere.example","pending_update_count":2}}"#)
        default:
          connection.respond(
            "429 Too Many Requests", headers: [],
            #"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":3}}"#
          )
        }
      }
    }
    let channels = ChannelAdapters(telegram: TelegramChannel(baseURL: telegram.url))
    try await TestAPI.with(channels: channels) { api in
      let made = try await api.v1(
        "POST", "/connections",
        #"{"channel":"telegram","name":"Bot","account":"pigeon_bot","verify_token":"v","access_token":"7:a"}"#
      )
      let path = "/connections/\(try #require(made.json?["id"]?.string))"
      let checked = try await api.v1("POST", path + "/check")
      #expect(checked.status == 200 && checked.json?["ok"]?.bool == false, "\(checked.text)")
      let findings = try #require(checked.json?["findings"]?.array)
      #expect(findings.map { $0["part"]?.string } == ["account", "webhook"])
      #expect(findings.map { $0["reason"]?.string } == [nil, "elsewhere"])
      let set = try await api.v1("PUT", path + "/webhook")
      #expect(set.status == 502 && set.problem == "provider-refused" && set.text.contains("throttled"))
      let none = try await api.v1("PUT", "/connections/\(api.tenant.whatsApp)/webhook")
      #expect(none.status == 422)
    }
  }
}

extension TestAPI {
  func post(_ bytes: [UInt8], to path: String, _ headers: [(String, String)]) async throws -> Int {
    try await client.send(HTTPRequest(method: "POST", url: url + path, headers: headers, body: bytes)).status
  }

  /// E-mails that were taken, with their bytes.
  func mails() async throws -> [(facts: EmailReceived.Facts, bytes: [UInt8])] {
    let events = try await database.pool.withConnection { connection in
      try connection.execute("select value from log.record where type = 'email.received'").map { $0.bytes(0) }
    }
    return try await database.pool.withTransaction { [keyring] transaction in
      try events.map { bytes in
        let value = try JSON.decode(EventValue<EmailReceived>.self, from: bytes)
        let id = try #require(try value.keyID)
        let key = try #require(try keyring.keys([id], on: transaction.connection)[id])
        let hash = Hexadecimal.bytes(value.facts.blob ?? "")
        let sealed = try #require(try BlobStore.get(hash: hash, in: transaction))
        return (value.facts, try JWE.open(String(decoding: sealed, as: UTF8.self), with: key))
      }
    }
  }
}

private enum Hexadecimal {
  static func bytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
