import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

/// A person whose words, name, number and provider ids stand for themselves alone.
struct Canary {
  static let keptName = "Kept person"

  let text = "canarytext\(Canary.digits)"
  let name = "canaryname\(Canary.digits)"
  let address = "49\(Canary.digits)"
  let providerID = "canaryid\(Canary.digits)"
  let file = "canaryfile\(Canary.digits)"
  /// What people call the conversation.
  let label = "canarylabel\(Canary.digits)"

  private static var digits: String { String(Int.random(in: 1_000_000_000_000...9_999_999_999_999)) }

  /// What must be found before and not after. The file's bytes are looked for apart: they lie sealed.
  var words: [String] { [text, name, address, providerID, label] }

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
    let id = try await installation.conversation(with: installation.contact(named: name))
    let path = "/v1/conversations/\(id)"
    let set = try await installation.request("PUT", "\(path)/labels", #"{"labels":["\#(label)"]}"#)
    #expect(set.status == 202, "\(String(decoding: set.body, as: UTF8.self))")
    try await eventually("the conversation is called so") {
      try await installation.get(path)["labels"]?[0]?.string == label ? true : nil
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

  /// Those that any route tells, by whatever method: what changes something is asked for it, too.
  func words(inAnswersTo calls: [Installation.Call], of installation: Installation) async throws -> Set<
    String
  > {
    var found: Set<String> = []
    for call in calls {
      let text: String
      if call.isStream {
        text = try await installation.streamed(call.path)
      } else {
        let answer = try await installation.place.client.send(
          HTTPRequest(
            method: call.method, url: installation.place.engine + call.path,
            headers: [
              ("Authorization", "Bearer \(installation.demo["AIGENTABLE_API_KEY"] ?? "")"),
              ("Content-Type", "application/json"),
            ], body: call.method == "GET" || call.method == "DELETE" ? [] : Array("{}".utf8)))
        #expect(
          answer.status < 500 || answer.status == 502 || answer.status == 503, "\(call): \(answer.status)")
        text = String(decoding: answer.body, as: UTF8.self)
      }
      found.formUnion((words + [file]).filter { text.contains($0) })
    }
    return found
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
  /// - Parameter body: JSON.
  func request(_ method: String, _ path: String, _ body: String? = nil) async throws -> HTTPResponse {
    try await place.client.send(
      HTTPRequest(
        method: method, url: place.engine + path,
        headers: [("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")")]
          + (body == nil ? [] : [("Content-Type", "application/json")]),
        body: Array((body ?? "").utf8)))
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

  /// A route of the API, with ids of what there is.
  struct Call: Sendable {
    let method: String
    let path: String
    var isStream: Bool { path.split(separator: "?")[0].hasSuffix("/stream") }
  }

  /// Everything that can be read, by the API's own description of itself, for what belongs to this contact.
  func readablePaths(contact: String) async throws -> [String] {
    try await calls(contact: contact).filter { $0.method == "GET" && !$0.isStream }.map(\.path)
  }

  /// Every route, by the API's own description of itself: ids are those of the contact, or of something that is there.
  func calls(contact: String) async throws -> [Call] {
    func first(_ path: String) async throws -> String {
      try await get(path)["items"]?.array?.lazy.compactMap { $0["id"]?.string ?? $0["event"]?.string }.first
        ?? contact
    }
    let conversation = try await conversation(with: contact)
    let messages = try await get("/v1/conversations/\(conversation)")["messages"]?.array ?? []
    let attachment = messages.lazy.compactMap { $0["attachments"]?[0]?["id"]?.string }.first ?? ""
    let ids = [
      "/v1/conversations/": conversation, "/v1/contacts/": contact, "/v1/attachments/": attachment,
      "/v1/connections/": connection, "/v1/documents/": try await first("/v1/documents"),
      "/v1/agents/": try await first("/v1/agents"), "/v1/parked/": try await first("/v1/parked"),
      "/v1/sources/": try await first("/v1/sources"),
    ]
    let days = [-86_400, 86_400].map { Date(timeIntervalSinceNow: $0).ISO8601Format().prefix(10) }
    let described = try JSONValue(
      parsing: await place.client.send(HTTPRequest(url: "\(place.engine)/openapi.json")).body)
    var calls: [Call] = []
    for (path, methods) in described["paths"]?.object ?? [] {
      let id = ids.first { path.hasPrefix($0.key) }?.value ?? contact
      var filled = path.replacing("{id}", with: id).replacing("{channel}", with: "whatsapp")
        .replacing(
          "{connection}",
          with: path.hasPrefix("/chat/") ? demo["AIGENTABLE_CHAT_CONNECTION"] ?? "" : connection
        )
        .replacing("{attachment}", with: attachment).replacing("{version}", with: "1")
        // Nobody can make one who has not the contact's key: see FileLinkTests.
        .replacing("{link}", with: "\(contact)~00~\(Int.max)~~x")
      #expect(!filled.contains("{"), "\(path) names something that this test does not know")
      if path.contains("analytics") || path.contains("usage") { filled += "?from=\(days[0])&to=\(days[1])" }
      if path.hasSuffix("/diff") { filled += "?from=1&to=1" }
      for method in ["get", "post", "put", "patch", "delete"] where methods[method] != nil {
        calls.append(Call(method: method.uppercased(), path: filled))
        if method == "get", path.hasSuffix("/export") {
          calls.append(Call(method: "GET", path: filled + "?format=html"))
        }
      }
    }
    return calls
  }

  /// All that a stream tells within a second; within ten where it had not even begun by then.
  func streamed(_ path: String) async throws -> String {
    do { return try await streamed(path, for: .seconds(1)) } catch let error as HTTPClientError
      where error.code == .timeout
    {
      return try await streamed(path, for: .seconds(10))
    }
  }

  private func streamed(_ path: String, for time: Duration) async throws -> String {
    let request = HTTPRequest(
      url: place.engine + path, headers: [("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")")],
      timeout: time)
    return try await place.client.stream(request) { head, chunks in
      #expect([200, 401, 404].contains(head.status), "\(path): \(head.status)")
      var told: [UInt8] = []
      do { for try await chunk in chunks { told += chunk } } catch is HTTPClientError {}
      return String(decoding: told, as: UTF8.self)
    }
  }
}
