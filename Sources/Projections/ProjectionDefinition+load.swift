import Contracts
import Crypto
import Foundation
import Yams

extension ProjectionDefinition {
  /// Every projection under `folder`, by name.
  package static func loadAll(_ folder: URL) throws -> [ProjectionDefinition] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() } catch {
      throw ProjectionError(.malformedDefinition, "\(folder.path) cannot be listed")
    }
    return
      try names
      .map { folder.appendingPathComponent($0) }
      .filter { FileManager.default.fileExists(atPath: $0.appendingPathComponent("projection.yaml").path) }
      .map { try load($0) }
  }

  /// Reads `projection.yaml`, `schema.sql`, `apply.sql` and, where they are, `indexes.sql` and `erase.sql`.
  package static func load(_ folder: URL) throws -> ProjectionDefinition {
    func text(_ file: String) throws -> String {
      do { return try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8) } catch {
        throw ProjectionError(
          .malformedDefinition,
          "\(folder.lastPathComponent)/\(file) is missing or not UTF-8"
        )
      }
    }
    func optional(_ file: String) throws -> String? {
      let path = folder.appendingPathComponent(file).path
      return FileManager.default.fileExists(atPath: path) ? try text(file) : nil
    }
    return try ProjectionDefinition(
      folder: folder.lastPathComponent,
      yaml: text("projection.yaml"),
      schema: text("schema.sql"),
      apply: text("apply.sql"),
      indexes: optional("indexes.sql") ?? "",
      erase: optional("erase.sql")
    )
  }

  package init(
    folder: String, yaml: String, schema: String, apply: String, indexes: String = "", erase: String? = nil
  ) throws(ProjectionError) {
    let file = try DefinitionFile(yaml, path: "\(folder)/projection.yaml")
    name = try file.text("name")
    guard name == folder else {
      throw file.problem("name", "is '\(name)', not the folder's name '\(folder)'")
    }
    guard name.utf8.count <= 40, name.first?.isLowercase == true,
      name.utf8.allSatisfy({ "abcdefghijklmnopqrstuvwxyz0123456789_".utf8.contains($0) })
    else {
      throw file.problem(
        "name",
        "must be at most 40 lower-case letters, digits and underscores, a letter first"
      )
    }
    version = try file.integer("version")
    guard version >= 1, version <= 1_000_000 else { throw file.problem("version", "must be 1 to 1000000") }
    topics = try file.texts("topics") { Topic(rawValue: $0) }
    guard !topics.contains(.inbound) else {
      throw file.problem("topics", "may not name inbound: it is kept for 30 days only")
    }
    let topics = topics
    types =
      file.holds("types", "all")
      ? Set(EventCatalogue.specs.filter { topics.contains($0.topic) }.map { $0.type })
      : Set(try file.texts("types") { EventType($0) })
    for type in types {
      let spec = EventCatalogue.specs.first { $0.type == type }
      guard let spec else { throw file.problem("types", "names \(type), which no event has") }
      guard topics.contains(spec.topic) else {
        throw file.problem("types", "names \(type), whose topic \(spec.topic.rawValue) is not in topics")
      }
    }
    needsPrivate = try file.boolean("private")
    guard needsPrivate == (erase != nil) else {
      throw file.problem(
        "private",
        needsPrivate
          ? "is true, so there must be an erase.sql that takes erased contacts out"
          : "is false, so there is nothing to erase")
    }
    tables = try file.texts("tables") { $0 == "batch" ? nil : $0 }
    let tables = tables
    carried = try file.texts("carried", isRequired: false) { tables.contains($0) ? $0 : nil }
    bounds = Set(try file.texts("bounds", isRequired: false) { Bound(rawValue: $0) })
    isIndependent = try file.boolean("independent", default: false)
    try file.checkNothingElse()
    self.schema = schema
    self.apply = apply
    self.indexes = indexes
    self.erase = erase
    var digest = SHA256()
    for part in [yaml, schema, apply, indexes] + (erase.map { [$0] } ?? []) {
      digest.update(data: Data("\(part.utf8.count) ".utf8))
      digest.update(data: Data(part.utf8))
    }
    hash = digest.finalize().map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
