import Audit
import Contracts
import EventLog
import Foundation
import Postgres
import Synchronization
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2)))
struct CheckpointTests {
  @Test func anEmptyLogIsSealedAndVerified() async throws {
    try await AuditFixture.with { fixture in
      let checkpoint = try await fixture.checkpoint()
      #expect(checkpoint.trees.count == 7)
      #expect(checkpoint.trees.allSatisfy { $0.size == 0 && $0.root == MerkleTree.empty })
      #expect(try await fixture.found().isEmpty)
      try await fixture.append(30)
      #expect(try await fixture.checkpoint().previous != nil)
      #expect(try await fixture.found().isEmpty)
    }
  }

  @Test func nothingIsVerifiedWithoutACheckpoint() async throws {
    try await AuditFixture.with { fixture in
      try await fixture.append(3)
      await #expect(throws: AuditError.self) { _ = try await fixture.verify() }
    }
  }

  /// Whatever the steps in which it was sealed, a tree has one root.
  @Test func treesGrowToTheSameRootsInAnySteps() async throws {
    var random = LogRandom(seed: LogRandom.seed(for: "steps"))
    try await AuditFixture.with(partitions: 1) { fixture in
      var last: Checkpoint?
      for _ in 0..<8 {
        try await fixture.append(Int.random(in: 0...900, using: &random))
        last = try await fixture.checkpoint()
      }
      #expect(try await fixture.found().isEmpty)
      try await fixture.sql("truncate audit.tree, audit.block, audit.checkpoint")
      #expect(try await fixture.checkpoint().trees == last?.trees)
    }
  }

  @Test func whatIsCoveredIsNotReadAgain() async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      try await fixture.append(2_500)
      try await fixture.checkpoint()
      try await fixture.append(10)
      let watched = WatchedLog(fixture.log)
      try await fixture.checkpoint(on: watched)
      #expect(watched.starts == [Offset(2_500)])
    }
  }

  @Test func aCancelledCheckpointGoesOnWhereItStood() async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      try await fixture.append(5_000)
      let cut = WatchedLog(fixture.log, readsBeforeCancellation: 3)
      await #expect(throws: CancellationError.self) { try await fixture.checkpoint(on: cut) }
      let watched = WatchedLog(fixture.log)
      let resumed = try await fixture.checkpoint(on: watched)
      #expect(watched.starts == [Offset(3 * 1_024)])
      #expect(resumed.number == 1)
      #expect(try await fixture.found().isEmpty)
    }
  }

  @Test func ofTwoCheckpointsAtOnceEachIsMadeOrRefused() async throws {
    try await AuditFixture.with { fixture in
      try await fixture.append(3_000)
      let outcomes = await withTaskGroup(of: Bool?.self) { group in
        for _ in 0..<4 {
          group.addTask { () -> Bool? in
            do { try await fixture.checkpoint() } catch {
              return (error as? AuditError)?.code == .concurrent ? false : nil
            }
            return true
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(!outcomes.contains(nil))
      #expect(outcomes.contains(true))
      #expect(try await fixture.found().isEmpty)
    }
  }

  @Test func treesThatWereTamperedWithAreNotSigned() async throws {
    for change in [
      "update audit.block set root = substring(hashes for 32) where number = 0",
      "delete from audit.block where number = 1", "update audit.tree set size = size - 1",
      "update audit.block set hashes = overlay(hashes placing '\\x00'::bytea from 1) where number = 2",
      "update audit.checkpoint set body = replace(body, 'conversations', 'documents')",
    ] {
      try await AuditFixture.with(partitions: 1) { fixture in
        try await fixture.append(2_500)
        try await fixture.checkpoint()
        try await fixture.sql(change)
        try await fixture.append(1)
        await #expect(throws: AuditError.self, "\(change)") { try await fixture.checkpoint() }
      }
    }
  }

  @Test func lostTablesAreMadeAgainFromALogThatIsSound() async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      try await fixture.append(2_500)
      try await fixture.checkpoint()
      try await fixture.append(100)
      try await fixture.sql("truncate audit.tree, audit.block")
      #expect(try await fixture.checkpoint().number == 2)
      #expect(try await fixture.found().isEmpty)

      try await fixture.sql("truncate audit.tree, audit.block")
      try await fixture.sql(#"update log.record set source = '/forged' where topic = 2 and "offset" = 1200"#)
      await #expect(throws: AuditError.self) { try await fixture.checkpoint() }
    }
  }
}

/// A log that notes from where it is read, and may end a task's reading as a cancellation does.
private final class WatchedLog: EventLog {
  private let log: any EventLog
  private let seen = Mutex<[Offset]>([])
  private let left: Mutex<Int>

  init(_ log: any EventLog, readsBeforeCancellation: Int = .max) {
    self.log = log
    left = Mutex(readsBeforeCancellation)
  }

  var starts: [Offset] { seen.withLock { $0 } }
  var layout: LogLayout { log.layout }

  func append(_ events: [Event]) async throws(EventLogError) -> [Position] { try await log.append(events) }
  func append(_ events: [Event], in transaction: Transaction) throws {
    try log.append(events, in: transaction)
  }
  func ends(of topic: Topic) async throws(EventLogError) -> [Offset] { try await log.ends(of: topic) }

  func reader(from cursors: [Cursor], types: Set<EventType>?) async throws(EventLogError) -> any LogReader {
    seen.withLock { $0 += cursors.map(\.offset) }
    return Reader(try await log.reader(from: cursors, types: types), self)
  }

  private final class Reader: LogReader {
    private let reader: any LogReader
    private let log: WatchedLog

    init(_ reader: any LogReader, _ log: WatchedLog) {
      self.reader = reader
      self.log = log
    }

    func next(limit: Int) async throws -> LogBatch {
      let isOver = log.left.withLock { left in
        left -= 1
        return left < 0
      }
      if isOver { throw CancellationError() }
      return try await reader.next(limit: limit)
    }

    func close() async { await reader.close() }
  }
}
