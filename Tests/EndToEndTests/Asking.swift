import Foundation
import HTTPClient
import JSON
import Postgres
import TestKit

/// What the log has of a question that was answered.
struct Asked: CustomStringConvertible {
  /// The facts of `context.retrieved`.
  let found: JSONValue
  /// The facts of `reply.generated`.
  let reply: JSONValue
  /// The answer as the timeline tells it.
  let answer: JSONValue

  var description: String { "\(found) \(reply)" }

  /// The documents of the passages that were found, best first.
  var documents: [String] { passages(of: found, "document") }
  var missed: [String] { found["missed"]?.array?.compactMap(\.string) ?? [] }

  private func passages(of facts: JSONValue, _ member: String) -> [String] {
    facts["passages"]?.array?.compactMap { $0[member]?.string } ?? []
  }

  /// Whether the log and the timeline say that it was answered from this version of the index, and its passages are of
  /// that version: no other has chunks with these ids.
  func isFrom(index: Int64, in database: TestDatabase) async throws -> Bool {
    let chunks = passages(of: found, "chunk")
    let known = try await database.pool.withConnection {
      try $0.execute(
        "select count(*) from index_\(index).chunk where id = any ($1)",
        [.uuids(chunks.compactMap { UUID(uuidString: $0) })])[0].int8(0)
    }
    return found["index"]?.int == index && answer["index"]?.int == index
      && reply["index_version"]?.int == found["index_version"]?.int
      && !chunks.isEmpty && passages(of: reply, "chunk") == chunks && Int(known) == chunks.count
  }
}

extension Installation {
  /// Asks what is the `number`th question of the only conversation, and waits for its answer.
  func ask(_ text: String, from contact: String, number: Int) async throws -> Asked {
    _ = try await deliver(Webhook.text(text, from: contact, id: "\(contact)-\(number)"))
    try await answered(number)
    guard let conversation = try await conversations().first else { throw TestSetupError("no conversation") }
    let printed = try await place.run(["audit", "timeline", conversation.id, "--json"])
    let line = printed.split(separator: "\n").last { $0.hasPrefix("{") }
    let timeline = try JSONValue(parsing: Array((line ?? "{}").utf8))
    func last(_ type: String) -> JSONValue? {
      timeline["events"]?.array?.last { $0["type"]?.string == type }?["facts"]
    }
    guard let found = last("context.retrieved"), let reply = last("reply.generated"),
      let answers = timeline["answers"]?.array, answers.count == number, let answer = answers.last
    else { throw TestSetupError("the timeline tells of no answer \(number): \(printed)") }
    return Asked(found: found, reply: reply, answer: answer)
  }

  /// Hands a short document in; returns its id.
  func upload(_ title: String, _ text: String? = nil) async throws -> String {
    let response = try await place.client.send(
      HTTPRequest(
        method: "POST", url: "\(place.engine)/v1/documents",
        headers: [
          ("Content-Type", "application/json"),
          ("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")"),
        ], body: Array(#"{"title":"\#(title)","text":"\#(text ?? "This is \(title).")"}"#.utf8)))
    guard response.status == 202, let id = try JSONValue(parsing: response.body)["id"]?.string else {
      throw TestSetupError("a document was answered with \(response.status)")
    }
    return id
  }

  func indexed(_ document: String) async throws { try await reached("indexed", document) }

  func reached(_ state: String, _ document: String) async throws {
    try await eventually("document \(document) is \(state)") {
      try? await get("/v1/documents/\(document)")["state"]?.string == state ? true : nil
    }
  }
}
