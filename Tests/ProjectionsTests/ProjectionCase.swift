import Contracts
import Crypto
import EventLog
import Foundation
import JSON
import Postgres
import Testing

@testable import Projections

/// A folder `projections/<name>/tests/<case>`: events in order, and what the tables then hold.
struct ProjectionCase: CustomTestStringConvertible, Sendable {
  let definition: ProjectionDefinition
  let name: String
  let events: [Event]
  /// By table: the header and the rows, sorted.
  let expected: [String: (columns: [String], rows: [[String]])]

  var testDescription: String { "\(definition.name)/\(name)" }

  static func all(_ home: Home) throws -> [ProjectionCase] {
    try ProjectionDefinition.loadAll(home.folder("projections")).flatMap { definition in
      let folder = home.folder("projections/\(definition.name)/tests")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
        try ProjectionCase(definition, folder.appendingPathComponent($0))
      }
    }
  }

  private struct Line: Codable {
    let type: String
    let stream: String
    let tenant: TenantID
    let time: String
    let facts: JSONValue
    let `private`: JSONValue?
  }

  private struct Value: Codable {
    let facts: JSONValue
    let `private`: String?
  }

  private init(_ definition: ProjectionDefinition, _ folder: URL) throws {
    self.definition = definition
    name = folder.lastPathComponent
    let text = try String(contentsOf: folder.appendingPathComponent("events.jsonl"), encoding: .utf8)
    events = try text.split(separator: "\n").enumerated().map { number, line in
      let line = try JSON.decode(Line.self, from: Array(line.utf8))
      guard let spec = EventCatalogue.specs.first(where: { $0.type.rawValue == line.type }) else {
        throw EventError.malformedHeader("line \(number + 1) names the unknown type \(line.type)")
      }
      let sealed = try line.private.map {
        String(decoding: try JWE.seal($0.serialized(), with: TestKeys.contact), as: UTF8.self)
      }
      return Event(
        id: EventID(.version5(of: "\(number)", in: TestKeys.contact.id.uuid)),
        type: spec.type,
        topic: spec.topic,
        key: StreamID(line.stream),
        tenant: line.tenant,
        time: try Date(line.time, strategy: .iso8601),
        source: "/tests",
        value: try JSON.encode(Value(facts: line.facts, private: sealed))
      )
    }
    let files = try FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent("expected").path
    )
    var expected: [String: ([String], [[String]])] = [:]
    for file in files where file.hasSuffix(".csv") {
      let url = folder.appendingPathComponent("expected/\(file)")
      // The cases hold no quoted fields.
      let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
      expected[String(file.dropLast(4))] = (lines[0], lines.dropFirst().sorted { $0.joined() < $1.joined() })
    }
    self.expected = expected
  }
}

enum TestKeys {
  static let contact = SealingKey(
    id: KeyID(UUID.version5(of: "contact", in: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))),
    key: SymmetricKey(data: [UInt8](repeating: 7, count: 32))
  )

  /// Knows `contact` alone.
  static let source: KeySource = { ids, _ in ids.contains(contact.id) ? [contact.id: contact] : [:] }
}
