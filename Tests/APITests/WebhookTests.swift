@testable import API
import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Pipeline
import Postgres
import TestKit
import Testing

struct WebhookTests {
  private let body = #"{"object":"whatsapp_business_account","entry":[]}"#

  @Test func theHandshakeIsAnsweredWithTheChallengeAlone() async throws {
    try await TestAPI.with { api in
      let path = "/webhooks/whatsapp/\(api.tenant.whatsApp)?hub.mode=subscribe&hub.challenge=12%2B3"
      let good = try await api.call("GET", path + "&hub.verify_token=\(api.tenant.verifyToken)")
      #expect(good.status == 200 && good.text == "12+3")
      let bad = try await api.call("GET", path + "&hub.verify_token=x")
      #expect(bad.status == 403 && bad.problem == "verification-refused")
      let none = try await api.call("GET", path)
      #expect(none.status == 403)
    }
  }

  @Test func anAcceptedWebhookIsDurableAndSealedUnderItsOwnKey() async throws {
    try await TestAPI.with { api in
      let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let answer = try await api.webhook(
        body, headers: [("X-Hub-Signature-256", api.sign(body.utf8)), ("traceparent", trace)])
      #expect(answer.status == 200)
      #expect(answer.headers["traceparent"] == trace)
      #expect(answer.headers["X-Request-ID"]?.count == 36)
      let (event, content) = try #require(try await api.inbound().first)
      #expect(content.body == body)
      #expect(content.sender == nil)
      #expect(event.key == StreamID(api.tenant.whatsApp))
      #expect(event.tenant == api.tenant.id)
      #expect(event.source == "/ingress")
      #expect(event.correlation == event.id)
      #expect(event.traceparent == trace)
      #expect(!String(decoding: event.value, as: UTF8.self).contains("whatsapp_business_account"))
      #expect(await api.rejections.contains(#"outcome="accepted"} 1"#))
    }
  }

  @Test func fiveEqualWebhooksAtOnceAreFiveEvents() async throws {
    try await TestAPI.with { api in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<5 { group.addTask { try await api.webhook(body).status } }
        for try await status in group { #expect(status == 200) }
      }
      let events = try await api.inbound()
      #expect(events.count == 5)
      #expect(Set(events.map { try? WebhookReceived.read($0.event).keyID }).count == 5)
    }
  }

  @Test func hostileBodiesAreRefusedPreciselyAndLeaveNothing() async throws {
    try await TestAPI.with { api in
      let before = try await api.database.pool.withConnection { connection in
        try connection.execute("select count(*) from log.record")[0].int8(0)
      }
      func expect(
        _ problem: String, _ status: Int, _ bytes: [UInt8], headers: [(String, String)]? = nil,
        type: String? = "application/json", path: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
      ) async throws {
        var headers = headers ?? [("X-Hub-Signature-256", api.sign(bytes))]
        if let type { headers.append(("Content-Type", type)) }
        let response = try await api.client.send(
          .init(
            method: "POST", url: api.url + (path ?? "/webhooks/whatsapp/\(api.tenant.whatsApp)"),
            headers: headers, body: bytes))
        let answer = Answer(
          status: response.status, headers: response.headers,
          text: String(decoding: response.body, as: UTF8.self))
        #expect(answer.status == status, sourceLocation: sourceLocation)
        #expect(answer.problem == problem, "\(answer.text)", sourceLocation: sourceLocation)
      }
      let good = Array(body.utf8)
      try await expect("unknown-connection", 404, good, path: "/webhooks/whatsapp/\(UUID())")
      try await expect("unknown-connection", 404, good, path: "/webhooks/whatsapp/not-an-id")
      try await expect("unknown-connection", 404, good, path: "/webhooks/whatsapp/\(api.tenant.webChat)")
      try await expect("body-too-large", 413, [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20))
      try await expect("unsupported-media-type", 415, good, type: "text/plain")
      try await expect("unsupported-media-type", 415, good, type: nil)
      try await expect("unsupported-media-type", 415, good, type: "application/json; charset=latin1")
      try await expect("invalid-signature", 401, good, headers: [])
      try await expect("invalid-signature", 401, good, headers: [("X-Hub-Signature-256", "sha256=00")])
      try await expect(
        "invalid-signature", 401, good, headers: [("X-Hub-Signature-256", api.sign(good, secret: "other"))])
      try await expect(
        "invalid-signature", 401, good + [32], headers: [("X-Hub-Signature-256", api.sign(good))])
      try await expect("invalid-utf-8", 400, Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8))
      try await expect("malformed-json", 400, Array(#"{"a": tru}"#.utf8))
      try await expect("malformed-json", 400, [])
      try await expect("malformed-json", 400, Array((body + "{}").utf8))
      try await expect("not-an-object", 400, Array("[1]".utf8))
      let nested = String(repeating: #"{"a":"#, count: 100) + "1" + String(repeating: "}", count: 100)
      try await expect("json-too-deep", 400, Array(nested.utf8))
      let bomb = String(repeating: "[", count: 1 << 20)
      try await expect("json-too-deep", 400, Array(bomb.utf8))
      let after = try await api.database.pool.withConnection { connection in
        try connection.execute("select count(*) from log.record")[0].int8(0)
      }
      #expect(after == before)
      let keys = try await api.database.pool.withConnection { connection in
        try connection.execute("select count(*) from keyring.inbound_key")[0].int8(0)
      }
      #expect(keys == 0)
      #expect(await api.rejections.contains(#"channel="whatsapp",outcome="invalid-signature"} 4"#))
    }
  }

  /// Meta's batches have up to 3 MB (Meta for Developers, WhatsApp webhooks, "Payload size").
  @Test func aBodyThatNoEventHoldsIsTakenAndFoundAgain() async throws {
    try await TestAPI.with { api in
      for (count, isInline) in [(Ingress.maximumInlineBytes, true), (3 << 20, false)] {
        let before = try await api.inbound().count
        // Every character of it is escaped in the event's own JSON.
        let rest = String(repeating: #"\n"#, count: (count - 8) / 2)
        let body = #"{"a":"\#(rest)"}"#
        #expect(body.utf8.count == count)
        #expect(try await api.webhook(body).status == 200)
        let events = try await api.inbound()
        #expect(events.count == before + 1)
        let (event, content) = try #require(events.last)
        let value = try WebhookReceived.read(event)
        #expect(value.facts.bytes == count && (value.facts.blob == nil) == isInline)
        #expect((content.body == body) == isInline && event.value.count <= Ingress.maximumEventBytes)
        let whole = try await api.database.pool.withTransaction { [keyring = api.keyring] transaction in
          let id = try #require(try value.keyID)
          let key = try #require(try keyring.keys([id], on: transaction.connection)[id])
          return try value.opened(with: key, blobsIn: transaction)
        }
        #expect(whole?.body == body)
      }
      let left = try await api.database.pool.withConnection { connection in
        try connection.execute("select bytes from knowledge.blob").map { $0.bytes(0) }
      }
      #expect(left.count == 1 && !String(decoding: left[0].prefix(1_000), as: UTF8.self).contains(#"\n"#))
      #expect(try await api.webhook(#"{"a":"\#(String(repeating: "x", count: 10 << 20))"}"#).status == 413)
    }
  }

  @Test func malformedJSONIsRefusedWithItsPlace() async throws {
    try await TestAPI.with { api in
      let answer = try await api.webhook(#"{"a": tru}"#)
      #expect(answer.json?["detail"]?.string?.contains("at byte") == true)
    }
  }

  @Test func aBodyThatBreaksOffLeavesNothing() async throws {
    try await TestAPI.with { api in
      let head =
        "POST /webhooks/whatsapp/\(api.tenant.whatsApp) HTTP/1.1\r\nHost: x\r\n"
        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
      let truncated = try RawConnection(port: api.port)
      truncated.send((head + "ff\r\n{\"a\":").utf8)
      truncated.finish()
      let malformed = try RawConnection(port: api.port)
      malformed.send((head + "not-a-size\r\n").utf8)
      for answer in [truncated.readAll(), malformed.readAll()] {
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.lowercased().contains("content-type: application/problem+json"), "\(answer)")
        #expect(answer.lowercased().contains("connection: close"), "\(answer)")
        #expect(answer.contains(#""type":"/problems/malformed-request""#), "\(answer)")
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "one answer alone: \(answer)")
      }
      #expect(try await api.count(.inbound) == 0)
      #expect(await api.rejections.contains(#"outcome="malformed-request"}"#))
    }
  }

  @Test func anEndlessBodyIsCutAtTheBound() async throws {
    try await TestAPI.with { api in
      let connection = try RawConnection(port: api.port)
      let path = "/webhooks/whatsapp/\(api.tenant.whatsApp)"
      connection.send(
        ("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
          + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n").utf8)
      let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 120, count: 1 << 20) + Array("\r\n".utf8)
      for _ in 0..<6 { connection.send(chunk) }
      // The answer comes although the body has no end.
      #expect(connection.readAll().hasPrefix("HTTP/1.1 413 "))
      #expect(try await api.count(.inbound) == 0)
      #expect(await api.rejections.contains(#"outcome="body-too-large"} 1"#))
    }
  }

  @Test func anAwayDatabaseIsAnsweredWith503AndRetryAfter() async throws {
    try await TestAPI.with(writing: { _ in
      PostgresPool(url: "postgresql://aigentable@127.0.0.1:9/none", connections: 1)
    }) { api in
      let answer = try await api.webhook(body)
      #expect(answer.status == 503)
      #expect(answer.problem == "unavailable")
      #expect(answer.headers["Retry-After"] == "5")
      #expect(!answer.text.contains("127.0.0.1") && !answer.text.contains("postgres"), "\(answer.text)")
      #expect(try await api.count(.inbound) == 0)
    }
  }
}
