import Audit
import EventLog
import Foundation
import Logging
import TestKit
import Testing

/// The engine seals the log by itself.
@Suite(.timeLimit(.minutes(5)))
struct CheckpointKeeperTests {
  private func keeper(_ fixture: AuditFixture, _ folder: URL, every interval: Duration = .seconds(3_600))
    -> CheckpointKeeper
  {
    CheckpointKeeper(
      log: fixture.log, pool: fixture.database.pool, master: fixture.master, place: CheckpointFolder(folder),
      interval: interval, logger: Logger(label: "test"))
  }

  private func count(_ fixture: AuditFixture) async throws -> Int {
    try await Checkpoints.load(from: fixture.database.pool).entries.count
  }

  @Test func aCheckpointIsMadeOnlyWhereSomethingCameAndIsPutOutside() async throws {
    try await AuditFixture.withFolder { folder in
      try await AuditFixture.with { fixture in
        let keeper = keeper(fixture, folder)
        try await keeper.work()
        #expect(try await count(fixture) == 0)
        for number in 1...2 {
          try await fixture.append(50)
          try await keeper.work()
          try await keeper.work()
          #expect(try await count(fixture) == number)
          #expect(try CheckpointFolder(folder).read().entries.count == number)
        }
        #expect(try await fixture.verify(folder).differences.isEmpty)
      }
    }
  }

  /// Two processes; each has its own clock.
  @Test func itIsDoneWithoutAnybodyAskingAndTwoDoNoHarm() async throws {
    try await AuditFixture.withFolder { folder in
      try await AuditFixture.with { fixture in
        try await withThrowingTaskGroup { group in
          for _ in 0..<2 {
            group.addTask { try await keeper(fixture, folder, every: .milliseconds(20)).run() }
          }
          for number in 1...3 {
            try await fixture.append(20)
            while try await count(fixture) < number { await Task.yield() }
          }
          group.cancelAll()
        }
        #expect(try await fixture.verify().differences.isEmpty)
      }
    }
  }

  /// Who changes the log and the tables beside it alike is told from the roots: between which checkpoints.
  @Test func whatWasChangedTogetherWithTheTablesLiesBetweenTwoCheckpoints() async throws {
    try await AuditFixture.withFolder { folder in
      try await AuditFixture.with(partitions: 1) { fixture in
        let keeper = keeper(fixture, folder)
        for _ in 0..<4 {
          try await fixture.append(100)
          try await keeper.work()
        }
        try await fixture.sql(
          #"update log.record set source = '/forged' where topic = 2 and "offset" = 150"#)
        // The tables are made again from the forged log, and sealed by who has the database.
        try await fixture.sql("truncate audit.tree, audit.block, audit.checkpoint")
        try await fixture.checkpoint()
        let found = try await fixture.verify(folder).differences.filter { $0.kind == .root }
        #expect(found.count == 1)
        let detail = found.first?.detail ?? ""
        #expect(detail.contains("the events 100 to 199") && detail.contains("checkpoint 2"), "\(detail)")
      }
    }
  }
}
