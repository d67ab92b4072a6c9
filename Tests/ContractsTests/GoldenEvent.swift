import Contracts
import Crypto
import Foundation
import Testing

/// An event as a version of the engine wrote it, kept readable for ever: `schemas/golden/<topic>/<type>.json`, and
/// `<type>.<n>.json` for what it looked like before its schema grew for the nth time.
struct GoldenEvent: CustomStringConvertible, Sendable {
  let file: String
  let tree: Tree

  static var all: [GoldenEvent] {
    get throws {
      try Repository.files(in: "golden").map {
        GoldenEvent(file: $0, tree: try Repository.tree("golden", $0))
      }
    }
  }

  var description: String { file }

  /// `<topic>/<type>.json` of its schema.
  var schemaFile: String {
    var parts = file.split(separator: ".")
    if parts.count > 2, Int(parts[parts.count - 2]) != nil { parts.remove(at: parts.count - 2) }
    return parts.joined(separator: ".")
  }

  /// Whether it has the present form, with every property of its schema.
  var isPresentForm: Bool { schemaFile == file }

  var facts: Tree? { tree["value"]?["facts"] }
  var opened: Tree? { tree["private"] }
  var headers: [String: String] { tree["headers"]?.object?.compactMapValues(\.string) ?? [:] }

  var spec: any EventSpec.Type {
    get throws {
      let file = schemaFile
      return try #require(
        EventCatalogue.specs.first { $0.schemaFile == file },
        "\(file) is of no known event"
      )
    }
  }

  func event() throws -> Event {
    let topic = try #require(Topic(rawValue: String(file.prefix { $0 != "/" })))
    return try Event(
      topic: topic,
      key: #require(tree["key"]?.string),
      headers: headers,
      value: #require(tree["value"]).bytes
    )
  }

  func sealingKey() throws -> SealingKey {
    let id = try #require(tree["sealing_key"]?["id"]?.string.flatMap { KeyID($0) })
    let bytes = try #require(tree["sealing_key"]?["hex"]?.string.flatMap(Hex.bytes))
    return SealingKey(id: id, key: SymmetricKey(data: bytes))
  }
}

extension EventSpec {
  /// Where its schema is, below `schemas/events`.
  static var schemaFile: String { "\(topic.rawValue)/\(type).json" }
}

enum Hex {
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
