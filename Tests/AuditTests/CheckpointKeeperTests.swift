import EventLog
import Foundation
import Logging
import Synchronization
import TestKit
import Testing

@testable import Audit

/// The engine seals the log by itself.
@Suite(.timeLimit(.minutes(5)))
struct CheckpointKeeperTests {
  private func keeper(
    _ fixture: AuditFixture, _ folder: URL?, every interval: Duration = .seconds(3_600),
    pace: SealingPace = SealingPace(rest: 0)
  ) -> CheckpointKeeper {
    CheckpointKeeper(
      log: fixture.log, pool: fixture.database.pool, master: fixture.master,
      place: folder.map { CheckpointFolder($0) }, interval: interval, pace: pace,
      logger: Logger(label: "test"))
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

  /// All that the log holds is read a little at a time, and not again by the next run when this one is stopped.
  @Test func sealingRestsAfterEachPartAndGoesOnWhereItStood() async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      try await fixture.append(3_000)
      // 1,024 events make a block, which is stored: 10 parts of 100 and one of 24.
      let rests = Atomic(0)
      let stopped = keeper(
        fixture, nil,
        pace: SealingPace(part: 100, rest: 0) { _ in
          if rests.add(1, ordering: .relaxed).newValue == 15 { withUnsafeCurrentTask { $0?.cancel() } }
        })
      let run = Task { @Sendable in try await stopped.work() }
      await #expect(throws: CancellationError.self) { try await run.value }
      #expect(rests.load(ordering: .relaxed) == 15)
      #expect(try await count(fixture) == 0)
      let more = Atomic(0)
      try await keeper(
        fixture, nil, pace: SealingPace(part: 100, rest: 0) { _ in more.add(1, ordering: .relaxed) }
      ).work()
      // One more block of 11 parts, and 10 of the last; a part may be shorter where the newest of the log begins.
      #expect((21...25).contains(more.load(ordering: .relaxed)))
      #expect(try await count(fixture) == 1)
      #expect(try await fixture.verify().differences.isEmpty)
    }
  }

  @Test func itRestsNineTimesAsLongAsItWorked() async throws {
    let told = Mutex<[Duration]>([])
    let pace = SealingPace { rest in told.withLock { $0.append(rest) } }
    try await pace.rest(after: .microseconds(200))
    #expect(told.withLock { $0 } == [.microseconds(1_800)])
  }

  /// Engines that are started anew within the hour come to their first one, too.
  @Test func theFirstOneIsDueSoon() async throws {
    try await AuditFixture.with { fixture in
      #expect(try await keeper(fixture, nil).untilDue() == .seconds(60))
      try await fixture.append(10)
      try await fixture.checkpoint()
      #expect(try await keeper(fixture, nil).untilDue() > .seconds(3_000))
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
