import Contracts
import EventLog
import Foundation
import Postgres
import TestKit
import Testing

@testable import Projections

struct ErasureTests {
  /// Erasing leaves the very rows that a rebuild without the keys gives.
  @Test(
    arguments: try ProjectionDefinition.loadAll(TestDatabase.home.folder("projections"))
      .filter(\.needsPrivate).map(\.name))
  func erasingGivesWhatARebuildWithoutTheKeysGives(_ name: String) async throws {
    let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/\(name)"))
    var random = LogRandom(seed: LogRandom.seed(for: "erasingGivesWhatARebuildWithoutTheKeysGives \(name)"))
    let events = try EventHistory.make(exchanges: 150, &random).filter { definition.types.contains($0.type) }
    let records = ProjectionHarness.records(events)
    // All of it is sealed under one key, whatever contact it names.
    let contacts = Set(events.compactMap { try? ConversationOpened.read($0).facts.contact })
      .union(events.compactMap { try? MessageReacted.read($0).facts.contact })
      .union([ContactID(TestKeys.contact.id.uuid)])
    let conversations = Set(events.compactMap { ConversationID($0.key.rawValue) })
    try await TestDatabase.with { database in
      let erased = try await ProjectionHarness(definition, database)
      try await erased.apply(records, batchesOf: 500)
      let full = try await erased.digest()
      _ = try await ProjectionEraser(pool: database.pool).erase(
        conversations.flatMap { conversation in
          contacts.map { .init(contact: $0, conversation: conversation) }
        })
      let without = try await ProjectionHarness(definition, database, keys: { _, _ in [:] })
      try await without.apply(records, batchesOf: 500)
      #expect(try await erased.digest() == without.digest())
      #expect(try await erased.digest() != full)
    }
  }

  @Test func aBatchThatWasOpenedBeforeCannotBeWrittenAfter() async throws {
    let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations"))
    var random = LogRandom(seed: 7)
    let events = try EventHistory.make(exchanges: 5, &random).filter { definition.types.contains($0.type) }
    try await TestDatabase.with { database in
      let harness = try await ProjectionHarness(definition, database)
      try await harness.apply([], batchesOf: 1)
      try await database.pool.withConnection {
        try $0.executeScript("update projection.version set state = 'live'")
      }
      _ = try await ProjectionEraser(pool: database.pool).erase([])
      await #expect { try await harness.apply(ProjectionHarness.records(events), batchesOf: 500) } throws: {
        ($0 as? ProjectionError)?.code == .leaseLost
      }
    }
  }
}
