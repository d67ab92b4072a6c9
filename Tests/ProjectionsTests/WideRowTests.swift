import Contracts
import EventLog
import Foundation
import Postgres
import TestKit
import Testing

@testable import Projections

/// Rows of the table `batch` that are larger than a page of Postgres have a table that is made for them.
struct WideRowTests {
  @Test func aTableIsWideForAWhileAndForLargeBatches() {
    let width = BatchWidth()
    #expect(!width.next(isLarge: false) && !width.isWide)
    width.widen()
    #expect((1..<BatchWidth.lasting).allSatisfy { _ in width.next(isLarge: false) })
    #expect(!width.next(isLarge: false) && !width.isWide)
    #expect(width.next(isLarge: true) && width.next(isLarge: false) && width.isWide)
  }

  /// Every tenth message says 20,000 letters, and comes as any other.
  @Test func rowsLargerThanAPageAreAppliedInBatchesOfAnySize() async throws {
    let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations"))
    let seed = LogRandom.seed(for: "rowsLargerThanAPageAreAppliedInBatchesOfAnySize")
    var random = LogRandom(seed: seed)
    var long: Int64 = 0
    let events = try EventHistory.make(exchanges: 150, &random)
      .filter { definition.types.contains($0.type) }
      .enumerated().map { number, event in
        guard event.type == MessageReceived.type, number % 10 == 0 else { return event }
        long += 1
        let text = String(repeating: "long", count: 5_000)
        return Event(
          id: event.id, type: event.type, topic: event.topic, key: event.key, tenant: event.tenant,
          time: event.time, source: event.source,
          value: try MessageReceived.value(
            MessageReceived.read(event).facts, private: .init(text: text, providerID: "\(number)"),
            sealedWith: TestKeys.contact))
      }
    #expect(long > 5)
    let records = ProjectionHarness.records(events)
    try await TestDatabase.with { [long] database in
      var digests: [[String: String]] = []
      for size in [1, 7, 600] {
        let harness = try await ProjectionHarness(definition, database)
        let result = try await harness.apply(records, batchesOf: size)
        #expect(result == WriteResult(applied: records.count, parked: 0), "seed \(seed)")
        let found = try await harness.query(
          "select count(*)::text from \(harness.build.schema).message where length(text) = 20000", 1)
        #expect(found == [["\(long)"]])
        digests.append(try await harness.digest())
      }
      #expect(digests[0] == digests[1] && digests[0] == digests[2], "seed \(seed)")
    }
  }

  @Test func theTableOfABatchIsAsWideAsItIsAskedFor() async throws {
    try await TestDatabase.with { database in
      let harness = try await ProjectionHarness(
        ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations")), database)
      try await database.pool.withConnection { [schema = harness.build.schema] connection in
        func insert(_ bytes: Int32, isWide: Bool) throws -> Int64 {
          try Transaction.run(on: connection) { transaction in
            try transaction.execute(
              "select projection.begin_batch($1, (select epoch from projection.lease where schema = $1), true, $2)",
              [.text(schema), .bool(isWide)])
            try transaction.execute(
              """
              insert into pg_temp.batch
              select 1, 1, 1, gen_random_uuid(), 'type', gen_random_uuid(), 'stream', now(), to_jsonb(repeat('x', $1))
              """, [.int4(bytes)])
            return try transaction.execute("select count(*) from pg_temp.batch")[0].int8(0)
          }
        }
        let narrow = try insert(7_000, isWide: false)
        #expect(narrow == 1)
        let refused = #expect(throws: PostgresError.self) { _ = try insert(9_000, isWide: false) }
        #expect(refused?.sqlState == "54000")
        for _ in 0..<2 { #expect(try insert(9_000_000, isWide: true) == 1) }
        #expect(throws: PostgresError.self) { _ = try insert(9_000, isWide: false) }
        #expect(try insert(7_000, isWide: false) == 1)
      }
    }
  }
}
