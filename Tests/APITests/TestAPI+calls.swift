import API
import Contracts
import Crypto
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Postgres
import PostgresLog
import Telemetry
import TestKit
import Testing

/// What came back, with its JSON.
struct Answer: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let text: String

  var json: JSONValue? { try? JSONValue(parsing: Array(text.utf8)) }
  /// The last part of a problem's type.
  var problem: String? {
    guard headers["Content-Type"] == "application/problem+json", let json,
      json["status"]?.int == Int64(status),
      json["title"]?.string != nil, json["detail"]?.string != nil, json["instance"]?.string != nil
    else { return nil }
    return json["type"]?.string.map { String($0.dropFirst("/problems/".count)) }
  }
}

extension TestAPI {
  func call(
    _ method: String, _ path: String, _ body: String? = nil, type: String? = "application/json",
    bearer: String? = nil, headers: [(String, String)] = []
  ) async throws -> Answer {
    var headers = headers
    if body != nil, let type { headers.append(("Content-Type", type)) }
    if let bearer { headers.append(("Authorization", "Bearer \(bearer)")) }
    let response = try await client.send(
      HTTPRequest(method: method, url: url + path, headers: headers, body: Array((body ?? "").utf8)))
    return Answer(
      status: response.status, headers: response.headers, text: String(decoding: response.body, as: UTF8.self)
    )
  }

  /// A call with the tenant's key.
  func v1(
    _ method: String, _ path: String, _ body: String? = nil, type: String? = "application/json",
    headers: [(String, String)] = []
  ) async throws -> Answer {
    try await call(method, "/v1\(path)", body, type: type, bearer: tenant.apiKey, headers: headers)
  }

  func sign(_ body: some Sequence<UInt8>, secret: String? = nil) -> String {
    let key = SymmetricKey(data: Array((secret ?? tenant.appSecret).utf8))
    return "sha256=" + hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(body), using: key))
  }

  func webhook(_ body: String, headers: [(String, String)]? = nil) async throws -> Answer {
    try await call(
      "POST", "/webhooks/whatsapp/\(tenant.whatsApp)", body,
      headers: headers ?? [("X-Hub-Signature-256", sign(body.utf8))])
  }

  /// How many events a topic holds.
  func count(_ topic: Topic) async throws -> Int {
    try await database.pool.withConnection {
      Int(
        try $0.execute("select count(*) from log.record where topic = $1", [.int2(topic.number)])[0].int8(0))
    }
  }

  /// Inbound events with their opened bodies, in order of their ids.
  func inbound() async throws -> [(event: Event, content: WebhookReceived.Private)] {
    let count = try await count(.inbound)
    guard count > 0 else { return [] }
    let reader = try await log.reader(
      from: log.layout.partitions(.inbound).map { .init($0) }, types: nil)
    var events: [Event] = []
    while events.count < count { events += try await reader.next(limit: 1_000).records.map(\.event) }
    await reader.close()
    let sealed = try events.map { ($0, try WebhookReceived.read($0)) }
    let ids = Set(try sealed.compactMap { try $0.1.keyID })
    let keys = try await database.pool.withConnection { [keyring] in try keyring.keys(ids, on: $0) }
    return try sealed.sorted { $0.0.id < $1.0.id }.map { event, value in
      let key = try #require(try value.keyID.flatMap { keys[$0] })
      return (event, try #require(try value.opened(with: key)))
    }
  }

  var rejections: String {
    get async { await metrics.exposition() }
  }
}
