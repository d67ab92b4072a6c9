import Contracts
import Foundation
import Testing

@testable import Projections

struct DefinitionTests {
  private static let good = """
    name: counts
    version: 1
    topics: [conversations]
    types: [message.received]
    private: false
    tables: [counts]
    """

  private func load(_ yaml: String) throws -> ProjectionDefinition {
    try ProjectionDefinition(folder: "counts", yaml: yaml, schema: "", apply: "", indexes: "")
  }

  @Test func aCompleteFileIsRead() throws {
    let definition = try load(Self.good)
    #expect(definition.topics == [.conversations])
    #expect(definition.types == ["message.received"])
    #expect(!definition.needsPrivate)
    #expect(definition.bounds.isEmpty)
  }

  @Test(arguments: [
    (
      "name: counts", "name: other",
      "counts/projection.yaml:1: name is 'other', not the folder's name 'counts'"
    ),
    ("version: 1", "version: one", "counts/projection.yaml:2: version must be a whole number"),
    ("version: 1", "version: 0", "counts/projection.yaml:2: version must be 1 to 1000000"),
    ("[conversations]", "[talks]", "counts/projection.yaml:3: topics may not hold 'talks'"),
    ("[conversations]", "[inbound]", "topics may not name inbound"),
    ("[message.received]", "[message.eaten]", "types names message.eaten, which no event has"),
    (
      "[message.received]", "[agent.created]",
      "types names agent.created, whose topic agents is not in topics"
    ),
    ("[message.received]", "[message.received, message.received]", "types holds 'message.received' twice"),
    ("private: false", "", "private is missing"),
    ("tables: [counts]", "tables: [batch]", "tables may not hold 'batch'"),
    ("tables: [counts]", "tables: [counts]\ntabels: [x]", "counts/projection.yaml:7: tabels is not a member"),
    ("tables: [counts]", "tables: [counts]\nbounds: [week]", "bounds may not hold 'week'"),
    ("name: counts", "name: [", "is not YAML"),
  ])
  func whatIsWrongIsNamed(_ old: String, _ new: String, _ message: String) {
    let error = #expect(throws: ProjectionError.self) {
      try load(Self.good.replacingOccurrences(of: old, with: new))
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func otherSQLGivesAnotherHash() throws {
    func hash(_ schema: String, _ apply: String) throws -> String {
      try ProjectionDefinition(folder: "counts", yaml: Self.good, schema: schema, apply: apply, indexes: "")
        .hash
    }
    #expect(try hash("a", "b") != hash("a", "c"))
    #expect(try hash("ab", "") != hash("a", "b"))
  }
}
