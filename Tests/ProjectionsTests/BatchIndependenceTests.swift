import Contracts
import EventLog
import Postgres
import TestKit
import Testing

@testable import Projections

struct BatchIndependenceTests {
  /// The same log gives the same tables for every size of batch and every order in which partitions are read.
  @Test(arguments: try ProjectionDefinition.loadAll(TestDatabase.home.folder("projections")).map(\.name))
  func tablesDoNotDependOnBatchesOrInterleaving(_ name: String) async throws {
    let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/\(name)"))
    let seed = LogRandom.seed(for: "tablesDoNotDependOnBatchesOrInterleaving \(name)")
    var random = LogRandom(seed: seed)
    let events = try EventHistory.make(exchanges: 150, &random)
      .filter { definition.types.contains($0.type) }
    let records = ProjectionHarness.records(events)
    let orders = [1, 7, 5_000].map { ($0, ProjectionHarness.interleaved(records, &random)) }
    try await TestDatabase.with { database in
      let harness = try await ProjectionHarness(definition, database)
      try await harness.apply(records, batchesOf: 13)
      let expected = try await harness.digest()
      #expect(
        expected.values.contains { !$0.hasPrefix("0 ") }, "something is kept of \(records.count) events")
      for (size, order) in orders {
        let other = try await ProjectionHarness(definition, database)
        let result = try await other.apply(order, batchesOf: size)
        #expect(result == WriteResult(applied: records.count, parked: 0))
        #expect(try await other.digest() == expected, "batches of \(size), seed \(seed)")
      }
    }
  }

  /// Where one batch of 5,000 does not hold the whole log.
  @Test func fullBatchesGiveTheSameTables() async throws {
    let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations"))
    let seed = LogRandom.seed(for: "fullBatchesGiveTheSameTables")
    var random = LogRandom(seed: seed)
    let records = ProjectionHarness.records(
      try EventHistory.make(exchanges: 1_600, &random).filter { definition.types.contains($0.type) })
    #expect(records.count > 5_000)
    try await TestDatabase.with { database in
      let harness = try await ProjectionHarness(definition, database)
      try await harness.apply(records, batchesOf: 700)
      let other = try await ProjectionHarness(definition, database)
      try await other.apply(ProjectionHarness.interleaved(records, &random), batchesOf: 5_000)
      #expect(try await other.digest() == harness.digest(), "seed \(seed)")
    }
  }
}
