import API
import Channels
import Contracts
import Foundation
import JSON
import Logging
import Pipeline
import SMTP
import TestKit
import Testing

/// Who may hand mail over by SMTP, and for whom.
struct MailHandOverTests {
  private func connect(
    _ api: TestAPI, _ account: String, token: String?, of tenant: TestAPI.TestTenantIDs
  ) async throws -> String {
    let secret =
      token.map { #""verify_token":"\#($0)""# }
      ?? #""incoming":{"url":"imaps://mail.example.com","user":"u","password":"p"}"#
    let body =
      #"{"channel":"email","name":"Mail","account":"\#(account)",\#(secret),"#
      + #""outgoing":{"url":"smtps://mail.example.com","user":"u","password":"p"}}"#
    let made = try await api.call("POST", "/v1/connections", body, bearer: tenant.apiKey)
    return try #require(made.json?["id"]?.string, "\(made.text)")
  }

  @Test func onlyWhoHasTheSecretOfAConnectionHandsOverForIt() async throws {
    try await TestAPI.with { api in
      let other = try await api.provisionAnother()
      let shop = try await connect(api, "Shop <shop@example.com>", token: "one", of: api.tenant)
      _ = try await connect(api, "service@example.com", token: "one", of: api.tenant)
      _ = try await connect(api, "theirs@example.com", token: "two", of: other)
      _ = try await connect(api, "polled@example.com", token: nil, of: api.tenant)
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let taker = MailHandOver(
        directory: Directory(log: api.log, pool: api.database.pool, keyring: api.keyring, logger: logger),
        ingress: Ingress(
          log: api.log, pool: api.database.pool, keyring: api.keyring, durability: .withKeys),
        adapter: EmailChannel(), name: "engine", metrics: api.metrics, logger: logger)

      func signIn(_ user: String, _ password: String) async -> Int {
        await taker.signIn(SMTPCredentials(user: user, password: password)).code
      }
      for user in ["shop@example.com", "SHOP@example.com", shop, "\(shop)@engine"] {
        #expect(await signIn(user, "one") == 235, "\(user)")
      }
      for (user, password) in [
        ("shop@example.com", "two"), ("shop@example.com", "one "), ("shop@example.com", "On"),
        ("theirs@example.com", "one"), ("polled@example.com", ""), ("polled@example.com", "p"),
        ("nobody@example.com", "one"), ("", "one"),
      ] { #expect(await signIn(user, password) == 535, "\(user) \(password)") }

      let ours = SMTPCredentials(user: "shop@example.com", password: "one")
      // One server with one secret hands over for all that share it.
      #expect(await taker.recipient("service@example.com", from: ours).code == 250)
      #expect(await taker.recipient("\(shop)@engine", from: ours).code == 250)
      for address in ["theirs@example.com", "polled@example.com", "nobody@example.com"] {
        #expect(await taker.recipient(address, from: ours).code == 550, "\(address)")
      }

      func take(_ recipient: String, _ credentials: SMTPCredentials) async -> Int {
        await taker.take(
          Array("From: ada@example.com\r\nSubject: Hi\r\n\r\nHello\r\n".utf8),
          SMTPEnvelope(
            client: "192.0.2.1", greeting: "mail", credentials: credentials, isEncrypted: false,
            sender: "ada@example.com", recipients: [recipient])
        ).code
      }
      // Whatever was said before: what is recorded is looked at again.
      #expect(await take("theirs@example.com", ours) == 451)
      #expect(await take("shop@example.com", SMTPCredentials(user: "shop@example.com", password: "")) == 451)
      #expect(try await api.count(.inbound) == 0)
      #expect(await take("shop@example.com", ours) == 250)
      #expect(try await api.count(.inbound) == 1)
    }
  }
}
