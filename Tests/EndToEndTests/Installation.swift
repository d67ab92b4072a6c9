import Crypto
import Foundation
import HTTPClient
import JSON
import TestKit

/// The demo tenant on a database of its own, with a stand-in for the Graph API that runs; the engine is the test's
/// to start.
struct Installation: Sendable {
  let place: Workplace
  /// What `seed` wrote.
  let demo: [String: String]

  /// - Parameters:
  ///   - database: an empty database.
  ///   - beforeSeed: runs when the database is migrated and the topics are recorded.
  static func with<R>(
    database: String, _ settings: [String: String] = [:],
    beforeSeed: (Workplace) async throws -> Void = { _ in },
    _ body: (Installation) async throws -> R
  ) async throws -> R {
    try await Workplace.with(database: database, settings) { place in
      try await place.run(["migrate"])
      // On Kafka this records the layout; the topics themselves are the test's to make.
      try await place.run(["topics", "create"], ["AIGENTABLE_LOG": "postgres"])
      let standIn = try place.start(["stand-in", "--port", "\(place.standInPort)"])
      try await place.await("\(place.standIn)/faults", of: standIn)
      try await beforeSeed(place)
      let file = place.folder.appendingPathComponent("demo.env")
      try await place.run(["seed", "--demo-env", file.path, "--port", "\(place.port)"])
      let installation = Installation(place: place, demo: try read(file))
      try await place.postJSON(
        #"{"url":"\#(installation.webhookURL)","secret":"\#(installation.secret)"}"#,
        to: "\(place.standIn)/webhooks")
      return try await body(installation)
    }
  }

  private static func read(_ file: URL) throws -> [String: String] {
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    return lines.reduce(into: [:]) { values, line in
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
    }
  }

  var secret: String { demo["AIGENTABLE_WHATSAPP_APP_SECRET"] ?? "" }
  var connection: String { demo["AIGENTABLE_WHATSAPP_CONNECTION"] ?? "" }
  var webhookURL: String { "\(place.engine)/webhooks/whatsapp/\(connection)" }

  /// Starts the engine and waits until it is ready.
  func serve(port: Int? = nil) async throws -> Program {
    let port = port ?? place.port
    let program = try place.start(["serve", "--port", "\(port)"])
    try await place.await("http://127.0.0.1:\(port)/readyz", of: program)
    return program
  }

  /// Posts a body as Meta does, signed with the app secret.
  func post(_ body: [UInt8], timeout: Duration = .seconds(30)) async throws -> HTTPResponse {
    let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
    let hexadecimal = code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return try await place.client.send(
      HTTPRequest(
        method: "POST", url: webhookURL,
        headers: [("Content-Type", "application/json"), ("X-Hub-Signature-256", "sha256=\(hexadecimal)")],
        body: body, timeout: timeout))
  }

  /// Posts until it is acknowledged, as Meta does; counts the answers that were none.
  @discardableResult
  func deliver(_ body: [UInt8]) async throws -> Int {
    var refusals = 0
    return try await eventually("a webhook is acknowledged", within: .seconds(180)) {
      if let response = try? await post(body), response.status == 200 { return refusals }
      refusals += 1
      return nil
    }
  }

  func get(_ path: String) async throws -> JSONValue {
    let response = try await place.client.send(
      HTTPRequest(
        url: place.engine + path, headers: [("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")")]))
    guard response.status == 200 else {
      throw TestSetupError(
        "\(path) answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
    }
    return try JSONValue(parsing: response.body)
  }
}
