import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import TestKit
import Testing

@testable import Projections

struct RebuildTests {
  private func definition(_ name: String) throws -> ProjectionDefinition {
    try ProjectionDefinition.load(TestDatabase.home.folder("projections/\(name)"))
  }

  private func rebuild(_ log: any EventLog, _ database: TestDatabase) -> Rebuild {
    Rebuild(log: log, pool: database.pool, keys: TestKeys.source, logger: Logger(label: "test"))
  }

  private func history(_ exchanges: Int = 120) async throws -> (MemoryLog, [Event]) {
    var random = LogRandom(seed: 7)
    let events = try EventHistory.make(exchanges: exchanges, &random)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    _ = try await log.append(events)
    return (log, events)
  }

  @Test func aRebuildComesOutTheSameAndMovesThePointer() async throws {
    let (log, events) = try await history()
    try await TestDatabase.with { database in
      let definition = try definition("conversations")
      let first = try await rebuild(log, database).run(definition)
      #expect(first.applied == events.count { definition.types.contains($0.type) })
      var random = LogRandom(seed: 8)
      _ = try await log.append(try EventHistory.make(exchanges: 30, &random))
      let second = try await rebuild(log, database).run(definition, .init(batchSize: 7))
      #expect(first.schema == "conversations_10_1")
      #expect(second.schema == "conversations_10_2")
      #expect(
        second.tables.map(\.table) == [
          "attachment", "classification", "consent", "conversation", "deletion", "delivery", "edit",
          "message", "part", "reaction",
        ])
      for table in second.tables { #expect(table.differences == 0 && table.liveRows > 0, "\(table)") }
      let states = try await database.pool.withConnection { connection in
        try connection.execute("select state from projection.version order by build").map { $0.text(0) }
      }
      #expect(states == ["retired", "live"])
    }
  }

  /// Lanes of an independent projection, against one lane of the same SQL.
  @Test func partitionsAppliedSideBySideComeOutAsOneAfterTheOther() async throws {
    let (log, _) = try await history(400)
    try await TestDatabase.with { database in
      let folder = TestDatabase.home.folder("projections/conversations")
      func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      }
      func definition(_ old: String, _ new: String) throws -> ProjectionDefinition {
        let yaml = try text("projection.yaml")
        try #require(yaml.contains(old))
        return try ProjectionDefinition(
          folder: "conversations", yaml: yaml.replacing(old, with: new), schema: text("schema.sql"),
          apply: text("apply.sql"), indexes: text("indexes.sql"), erase: text("erase.sql"))
      }
      let sequential = try definition("independent: true", "independent: false")
      let sideBySide = try definition("version: 10", "version: 11")
      let first = try await rebuild(log, database).run(sequential, .init(batchSize: 20))
      let second = try await rebuild(log, database).run(sideBySide, .init(batchSize: 20))
      #expect(first.applied == second.applied)
      #expect(second.tables.count == 10)
      for table in second.tables { #expect(table.differences == 0 && table.liveRows > 0, "\(table)") }
    }
  }

  @Test func aRebuildThatWasStoppedGoesOnWhereItStood() async throws {
    let (log, events) = try await history()
    try await TestDatabase.with { database in
      let definition = try definition("usage")
      let (steps, step) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
      await withTaskGroup { group in
        group.addTask {
          _ = try? await rebuild(log, database).run(definition, .init(batchSize: 10)) { progress in
            // It is told of each phase before a batch, too.
            if progress.done > 0 { step.yield() }
          }
        }
        for await _ in steps { break }
        group.cancelAll()
      }
      let report = try await rebuild(log, database).run(definition)
      #expect(report.schema == "usage_\(definition.version)_1")
      let all = events.count { definition.types.contains($0.type) }
      #expect(report.applied > 0 && report.applied < all)
      // Another one, made in one go, finds nothing that differs.
      let whole = try await rebuild(log, database).run(definition)
      for table in whole.tables { #expect(table.differences == 0, "\(table)") }
    }
  }

  @Test func anUnchangedVersionThatDiffersIsNotMadeLive() async throws {
    let (log, _) = try await history()
    try await TestDatabase.with { database in
      let definition = try definition("knowledge")
      _ = try await rebuild(log, database).run(definition)
      try await database.pool.withConnection {
        _ = try $0.execute("update knowledge_3_1.document set title = 'changed by hand'")
      }
      let error = await #expect(throws: ProjectionError.self) {
        try await rebuild(log, database).run(definition)
      }
      #expect(error?.code == .differs)
      let report = try await rebuild(log, database).run(definition, .init(acceptsDifferences: true))
      let table = try #require(report.tables.first)
      #expect(table.differences == table.liveRows)
      #expect(table.firstKeys.count == 5)
    }
  }

  @Test func changedFilesNeedANewVersion() async throws {
    let (log, _) = try await history(10)
    try await TestDatabase.with { database in
      let yaml = """
        name: counts
        version: 1
        topics: [documents]
        types: [document.uploaded]
        private: false
        tables: [t]
        """
      func folder(_ yaml: String, _ apply: String) throws -> ProjectionDefinition {
        try ProjectionDefinition(
          folder: "counts",
          yaml: yaml,
          schema: "create table t (tenant uuid not null primary key)",
          apply: apply,
          indexes: ""
        )
      }
      _ = try await rebuild(log, database).run(folder(yaml, "delete from t"))
      let error = await #expect(throws: ProjectionError.self) {
        try await rebuild(log, database).run(folder(yaml, "delete from t where true"))
      }
      #expect(error?.code == .changedWithoutVersion)
      let next = yaml.replacingOccurrences(of: "version: 1", with: "version: 2")
      #expect(
        try await rebuild(log, database).run(folder(next, "delete from t where true")).schema == "counts_2_1")
    }
  }

  @Test func boundsThatAreNotDeclaredAreRefused() async throws {
    let conversations = try definition("conversations")
    let analytics = try definition("analytics")
    func message(_ scope: RebuildScope, _ definition: ProjectionDefinition) -> String? {
      do { try scope.check(definition) } catch { return error.message }
      return nil
    }
    #expect(message(.init(tenant: LogFixtures.tenant), conversations) == nil)
    #expect(message(.init(from: "2026-03-01"), analytics) == nil)
    #expect(message(.init(from: "2026-03-01"), conversations)?.contains("needs 'day'") == true)
    #expect(message(.init(types: ["message.received"]), analytics)?.contains("needs 'type'") == true)
    #expect(message(.init(from: "1 March"), analytics)?.contains("yyyy-mm-dd") == true)
    #expect(message(.init(from: "2026-03-02", to: "2026-03-02"), analytics)?.contains("no day lies") == true)
    let (log, _) = try await history(5)
    try await TestDatabase.with { database in
      let error = await #expect(throws: ProjectionError.self) {
        try await rebuild(log, database).run(analytics, .init(scope: .init(from: "2026-03-01")))
      }
      #expect(error?.code == .boundsRefused)
    }
  }

  @Test(arguments: [
    RebuildScope(from: "2026-02-26", to: "2026-02-28"), RebuildScope(to: "2026-02-27"),
    RebuildScope(from: "2026-02-27"),
  ])
  func aBoundedRebuildRepairsItsDaysAndKeepsTheOthers(_ scope: RebuildScope) async throws {
    let (log, _) = try await history()
    try await TestDatabase.with { database in
      let definition = try definition("analytics")
      _ = try await rebuild(log, database).run(definition)
      let unbounded = try await rebuild(log, database).run(definition, .init(scope: scope))
      for table in unbounded.tables { #expect(table.differences == 0 && table.liveRows > 0, "\(table)") }
      try await database.pool.withConnection {
        _ = try $0.execute(
          "update \(unbounded.schema).daily set messages_received = -1 where day in ('2026-02-26', '2026-02-27')"
        )
      }
      let report = try await rebuild(log, database).run(
        definition,
        .init(scope: scope, acceptsDifferences: true)
      )
      let daily = try #require(report.tables.first { $0.table == "daily" })
      #expect(daily.differences > 0 && daily.builtRows == daily.liveRows)
    }
  }

  @Test func oneTenantIsRebuiltAlone() async throws {
    let (log, events) = try await history()
    try await TestDatabase.with { database in
      let definition = try definition("conversations")
      _ = try await rebuild(log, database).run(definition)
      let tenant = try #require(events.last { $0.type == ConversationOpened.type }?.tenant)
      let report = try await rebuild(log, database).run(
        definition,
        .init(scope: RebuildScope(tenant: tenant))
      )
      for table in report.tables { #expect(table.differences == 0 && table.liveRows > 0, "\(table)") }
    }
  }

  @Test func aRunnerGoesOnWithTheNewBuildAfterARebuild() async throws {
    let (log, _) = try await history(30)
    try await TestDatabase.with { database in
      let definition = try definition("knowledge")
      let runner = ProjectionRunner(
        definition,
        log: log,
        pool: database.pool,
        keys: TestKeys.source,
        logger: Logger(label: "test")
      )
      _ = try await rebuild(log, database).run(definition)
      try await withThrowingTaskGroup { group in
        group.addTask { try await runner.run() }
        _ = try await rebuild(log, database).run(definition)
        var random = LogRandom(seed: 9)
        let more = try EventHistory.make(exchanges: 60, &random)
        _ = try await log.append(more)
        let end = try await log.ends(of: .documents)[0].rawValue
        while try await database.pool.withConnection({ connection in
          try connection.execute(
            #"select coalesce(max("offset"), 0) from projection.position('knowledge_3_2')"#
          )[0].int8(0)
        }) < end { await Task.yield() }
        group.cancelAll()
      }
      // The predecessor stands where the pointer moved.
      let old = try await database.pool.withConnection { connection in
        try connection.execute(
          #"select coalesce(max("offset"), 0) from projection.position('knowledge_3_1')"#
        )[0].int8(0)
      }
      let end = try await log.ends(of: .documents)[0].rawValue
      #expect(old < end)
    }
  }
}
