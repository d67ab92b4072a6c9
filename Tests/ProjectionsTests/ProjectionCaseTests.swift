import Postgres
import TestKit
import Testing

@testable import Projections

struct ProjectionCaseTests {
  @Test(arguments: try ProjectionCase.all(TestDatabase.home), [1, 7, 5_000])
  func everyCaseGivesTheExpectedRows(_ example: ProjectionCase, batchesOf size: Int) async throws {
    try await TestDatabase.with { database in
      let harness = try await ProjectionHarness(example.definition, database)
      let result = try await harness.apply(ProjectionHarness.records(example.events), batchesOf: size)
      #expect(result == WriteResult(applied: example.events.count, parked: 0))
      for (table, expected) in example.expected {
        let rows = try await harness.rows(of: table, expected.columns)
        #expect(rows == expected.rows, "table \(table)")
      }
    }
  }

  @Test func everyProjectionHasACase() throws {
    let tested = Set(try ProjectionCase.all(TestDatabase.home).map(\.definition.name))
    let all = try ProjectionDefinition.loadAll(TestDatabase.home.folder("projections")).map(\.name)
    #expect(Set(all) == tested)
  }
}
