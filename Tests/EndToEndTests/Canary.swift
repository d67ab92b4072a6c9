import Foundation
import HTTPClient
import JSON
import TestKit

/// A person whose words, name, number and provider ids stand for themselves alone.
struct Canary {
  static let keptName = "Kept person"

  let text = "canarytext\(Canary.digits)"
  let name = "canaryname\(Canary.digits)"
  let address = "49\(Canary.digits)"
  let providerID = "canaryid\(Canary.digits)"
  let file = "canaryfile\(Canary.digits)"

  private static var digits: String { String(Int.random(in: 1_000_000_000_000...9_999_999_999_999)) }

  /// What must be found before and not after. The file's bytes are looked for apart: they lie sealed.
  var words: [String] { [text, name, address, providerID] }

  /// A talk with everything that leaves traces: an answer, a file, a body too large for an event, and a message
  /// beside something that cannot be read and is parked.
  func write(to installation: Installation) async throws {
    try await installation.deliver(
      Self.body([Self.message("Kept words", "15550199", "kept")], name: Self.keptName, "15550199"))
    try await installation.deliver(body([message(text, "1")]))
    let media = try await upload(to: installation)
    try await installation.deliver(
      body([
        #"{"from":"\#(address)","id":"wamid.\#(providerID)2","timestamp":"\#(Self.now)","type":"image","#
          + #""image":{"mime_type":"image/png","id":"\#(media)","caption":"\#(text)"}}"#
      ]))
    let padding = String(repeating: "x", count: 400_000)
    try await installation.deliver(body([message(text, "3", more: #","padding":"\#(padding)""#)]))
    try await installation.deliver(body([message(text, "4"), "42"]))
    try await eventually("everything is answered and fetched, and something is parked", within: .seconds(90))
    {
      guard try await installation.get("/v1/parked")["items"]?.array?.isEmpty == false else {
        return nil as Bool?
      }
      let id = try await installation.conversation(with: try await installation.contact(named: name))
      let messages = try await installation.get("/v1/conversations/\(id)")["messages"]?.array ?? []
      let stored = messages.contains { $0["attachments"]?[0]?["state"]?.string == "stored" }
      let inbound = messages.filter { $0["direction"]?.string == "inbound" }
      let answered = Set(messages.flatMap { $0["answers"]?.array?.compactMap(\.string) ?? [] })
      let settled = messages.allSatisfy { ["received", "read"].contains($0["status"]?.string) }
      return stored && settled && inbound.count == 4 && answered.count == 4 ? true : nil
    }
  }

  private static var now: Int { Int(Date().timeIntervalSince1970) }

  private static func message(_ text: String, _ from: String, _ id: String, more: String = "") -> String {
    #"{"from":"\#(from)","id":"wamid.\#(id)","timestamp":"\#(now)","type":"text","#
      + #""text":{"body":"\#(text)"}\#(more)}"#
  }

  private func message(_ text: String, _ number: String, more: String = "") -> String {
    Self.message(text, address, providerID + number, more: more)
  }

  private func body(_ messages: [String]) -> [UInt8] { Self.body(messages, name: name, address) }

  private static func body(_ messages: [String], name: String, _ address: String) -> [UInt8] {
    Array(
      """
      {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
      "messaging_product":"whatsapp","metadata":{"display_phone_number":"1","phone_number_id":"100000000000001"},
      "contacts":[{"profile":{"name":"\(name)"},"wa_id":"\(address)"}],
      "messages":[\(messages.joined(separator: ","))]}}]}]}
      """.utf8)
  }

  private func upload(to installation: Installation) async throws -> String {
    let body = """
      --part\r
      Content-Disposition: form-data; name="messaging_product"\r
      \r
      whatsapp\r
      --part\r
      Content-Disposition: form-data; name="type"\r
      \r
      image/png\r
      --part\r
      Content-Disposition: form-data; name="file"; filename="file"\r
      Content-Type: image/png\r
      \r
      \(file)\r
      --part--\r

      """
    let response = try await installation.place.client.send(
      HTTPRequest(
        method: "POST", url: "\(installation.place.standIn)/v26.0/100000000000001/media",
        headers: [("Content-Type", "multipart/form-data; boundary=part"), ("Authorization", "Bearer token")],
        body: Array(body.utf8)))
    guard let id = try JSONValue(parsing: response.body)["id"]?.string else {
      throw TestSetupError("no file was taken: \(String(decoding: response.body, as: UTF8.self))")
    }
    return id
  }

  // MARK: Where it is looked for

  /// Those that any of these paths of the API tells.
  func words(in paths: [String], of installation: Installation) async throws -> Set<String> {
    var found: Set<String> = []
    for path in paths {
      let answer = try await installation.request("GET", path)
      let text = String(decoding: answer.body, as: UTF8.self)
      found.formUnion(words.filter { text.contains($0) })
      if text.contains(file) { found.insert(file) }
    }
    return found.subtracting(found.contains(text) ? [file] : [])
  }

  /// Those that a dump holds, in the clear or as the digits of bytes.
  func words(inDumpOf server: PostgresServer) async throws -> Set<String> {
    let dump = try await server.dump()
    return Set(
      words.filter { word in
        let digits = word.utf8.map { String($0, radix: 16) }.joined()
        return dump.range(of: Data(word.utf8)) != nil || dump.range(of: Data(digits.utf8)) != nil
      })
  }
}

extension Installation {
  func request(_ method: String, _ path: String) async throws -> HTTPResponse {
    try await place.client.send(
      HTTPRequest(
        method: method, url: place.engine + path,
        headers: [("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")")]))
  }

  /// The id of the contact of this name; waits until there is one.
  func contact(named name: String) async throws -> String {
    try await eventually("\(name) is a contact") {
      try await get("/v1/conversations?limit=200")["items"]?.array?
        .first { $0["contact"]?["name"]?.string == name }?["contact"]?["id"]?.string
    }
  }

  func conversation(with contact: String) async throws -> String {
    let item = try await get("/v1/conversations?limit=200")["items"]?.array?
      .first { $0["contact"]?["id"]?.string == contact }
    guard let id = item?["id"]?.string else { throw TestSetupError("no conversation with \(contact)") }
    return id
  }

  /// Every path that can be read, by the API's own description of itself, for what belongs to this contact.
  func readablePaths(contact: String) async throws -> [String] {
    let conversation = try await conversation(with: contact)
    let messages = try await get("/v1/conversations/\(conversation)")["messages"]?.array ?? []
    let attachment = messages.lazy.compactMap { $0["attachments"]?[0]?["id"]?.string }.first ?? ""
    let days = [-86_400, 86_400].map { Date(timeIntervalSinceNow: $0).ISO8601Format().prefix(10) }
    let described = try JSONValue(
      parsing: await place.client.send(HTTPRequest(url: "\(place.engine)/openapi.json")).body)
    var paths: [String] = []
    for (path, methods) in described["paths"]?.object ?? [] where methods["get"] != nil {
      let ids = [
        "/v1/conversations/": conversation, "/v1/contacts/": contact, "/v1/attachments/": attachment,
      ]
      let id = ids.first { path.hasPrefix($0.key) }?.value ?? contact
      // A stream does not end.
      guard !path.hasSuffix("/stream") else { continue }
      var filled = path.replacing("{id}", with: id).replacing("{connection}", with: connection)
        .replacing("{channel}", with: "whatsapp")
      if path.contains("analytics") || path.contains("usage") { filled += "?from=\(days[0])&to=\(days[1])" }
      paths.append(filled)
    }
    return paths
  }
}
