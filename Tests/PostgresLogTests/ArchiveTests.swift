import Contracts
import EventLog
import Foundation
import Logging
import ObjectStore
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

struct ArchiveTests {
  /// A log whose first records may be moved into `store`.
  private func with(
    _ store: any ObjectStore = MemoryStore(), _ body: (PostgresLog, TestDatabase) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      let layout = LogLayout(partitions: 3)
      try await database.pool.withTransaction { try PostgresLog.createTopics(layout, in: $0) }
      let log = PostgresLog(
        pool: database.pool, layout: layout, archive: store, logger: Logger(label: "test"))
      let result: Result<Void, any Error>
      do { result = .success(try await body(log, database)) } catch { result = .failure(error) }
      await log.close()
      try result.get()
    }
  }

  private func fill(_ log: PostgresLog, _ count: Int) async throws -> [Event] {
    let events = (0..<count).map { number in
      LogFixtures.event("stream-\(number % 17)", type: number.isMultiple(of: 5) ? "fifth" : "other")
    }
    _ = try await log.append(events)
    return events
  }

  private func rows(_ database: TestDatabase) async throws -> Int64 {
    try await database.pool.withConnection { try $0.execute("select count(*) from log.record")[0].int8(0) }
  }

  @Test func whatIsArchivedReadsAsBefore() async throws {
    let store = MemoryStore()
    try await with(store) { log, database in
      _ = try await fill(log, 500)
      let before = try await log.read(500, from: log.beginnings(of: .conversations))
      let ends = try await log.ends(of: .conversations)
      let report = try await Archiver(log: log, store: store, maximumEvents: 40).run(before: .distantFuture)
      #expect(report.events == 500 && report.segments > 9)
      #expect(try await rows(database) == 0)
      #expect(try await log.ends(of: .conversations) == ends)

      for limit in [7, 1_000] {
        let after = try await log.read(500, from: log.beginnings(of: .conversations), limit: limit)
        #expect(sorted(after) == sorted(before))
      }
      let fifths = try await log.read(100, from: log.beginnings(of: .conversations), types: ["fifth"])
      #expect(Set(fifths.map(\.event.id)) == Set(before.filter { $0.event.type == "fifth" }.map(\.event.id)))
      // From the middle of a segment on, and over its end into what is appended now.
      let partition = log.layout.partitions(.conversations)[1]
      let own = before.filter { $0.position.topicPartition == partition }
      let more = LogFixtures.event(LogFixtures.key(in: partition, of: log))
      let position = try await log.append([more])[0]
      #expect(position.offset == ends[1])
      let tail = try await log.read(own.count - 54, from: [Cursor(partition, Offset(55))])
      #expect(tail.map(\.event) == own.dropFirst(55).map(\.event) + [more])
    }
  }

  private func sorted(_ records: [Record]) -> [Record] {
    records.sorted {
      ($0.position.partition, $0.position.offset) < ($1.position.partition, $1.position.offset)
    }
  }

  @Test func youngRecordsStay() async throws {
    let store = MemoryStore()
    try await with(store) { log, database in
      _ = try await fill(log, 50)
      let report = try await Archiver(log: log, store: store).run(before: Date(timeIntervalSinceNow: -60))
      #expect(report.events == 0)
      #expect(try await rows(database) == 50)
    }
  }

  /// Stands for a run that is killed at each of its steps: what it put is there, what it had not committed is not.
  @Test(arguments: [1, 2, 3, 5, 8])
  func aRunThatIsKilledLosesNothingAndIsTakenUp(after puts: Int) async throws {
    let inner = MemoryStore()
    try await with(inner) { log, database in
      _ = try await fill(log, 300)
      let before = try await log.read(300, from: log.beginnings(of: .conversations))
      await #expect(throws: FailingStore.Killed.self) {
        _ = try await Archiver(log: log, store: FailingStore(inner, after: puts), maximumEvents: 40)
          .run(before: .distantFuture)
      }
      #expect(sorted(try await log.read(300, from: log.beginnings(of: .conversations))) == sorted(before))
      _ = try await Archiver(log: log, store: inner, maximumEvents: 40).run(before: .distantFuture)
      #expect(try await rows(database) == 0)
      #expect(sorted(try await log.read(300, from: log.beginnings(of: .conversations))) == sorted(before))
    }
  }

  @Test func aReaderThatIsBehindIsNotLedPastWhatWasMovedUnderIt() async throws {
    let store = MemoryStore()
    try await with(store) { log, _ in
      _ = try await fill(log, 200)
      let reader = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      var read = try await reader.next(limit: 10).records
      _ = try await Archiver(log: log, store: store).run(before: .distantFuture)
      read += try await reader.read(190)
      #expect(Set(read.map(\.event.id)).count == 200)
      await reader.close()
    }
  }

  /// Its process had heard nothing of what came next when that was moved.
  @Test(.timeLimit(.minutes(2))) func aReaderAtTheEndGoesOnThroughWhatWasMovedBeforeItCame() async throws {
    let store = MemoryStore()
    try await with(store) { log, database in
      let partition = log.layout.partitions(.conversations)[0]
      let key = LogFixtures.key(in: partition, of: log)
      let reader = try await log.reader(from: [Cursor(partition)], types: nil)
      _ = try await log.append([LogFixtures.event(key)])
      var records = try await reader.read(1)
      let next = LogFixtures.event(key)
      records.append(
        Record(position: Position(.conversations, partition.partition, Offset(1)), event: next))
      let name = Segment.name(partition, .zero, Offset(2))
      let bytes = Segment(partition, records).encoded()
      try await store.put(bytes, at: name)
      // Appended and moved at once, and nobody is told.
      try await database.pool.withTransaction { [layout = log.layout] transaction in
        _ = try LogStatements.append([next], layout: layout, in: transaction)
        _ = try transaction.execute(
          "select log.archive_segment($1, $2, $3, $4, $5, sha256($6), $7)",
          [
            .int2(partition.topic.number), .int4(partition.partition.rawValue), .int8(0), .int8(2),
            .text(name), .bytes(bytes), .int8(Int64(bytes.count)),
          ])
      }
      #expect(try await reader.read(1).map(\.event.id) == [next.id])
      await reader.close()
    }
  }

  @Test func aChangedOrMissingFileIsSaidAndNotPassedOver() async throws {
    let store = MemoryStore()
    try await with(store) { log, database in
      _ = try await fill(log, 20)
      _ = try await Archiver(log: log, store: store).run(before: .distantFuture)
      let name = try #require(try await store.list("log/conversations/").first)
      let good = try #require(try await store.get(name))
      let place = try #require(Segment.place(of: name))
      var bad = good
      bad[bad.count / 2] ^= 1
      for bytes in [bad, Array(good.dropLast(9)), [], Array(good.dropFirst())] {
        try await store.put(bytes, at: name)
        await expectMisconfigured(log, place.partition)
      }
      try await store.remove(name)
      await expectMisconfigured(log, place.partition)
      let without = PostgresLog(pool: database.pool, layout: log.layout, logger: Logger(label: "test"))
      await expectMisconfigured(without, place.partition)
      await without.close()
      try await store.put(good, at: name)
      #expect(try await log.read(1, from: [Cursor(place.partition)]).count == 1)
      try await database.pool.withConnection { _ = try $0.execute("delete from log.segment") }
      await expectMisconfigured(log, place.partition)
    }
  }

  private func expectMisconfigured(_ log: PostgresLog, _ partition: TopicPartition) async {
    await #expect {
      _ = try await log.read(1, from: [Cursor(partition)])
    } throws: { ($0 as? EventLogError)?.code == .misconfigured }
  }

  @Test func aSegmentIsReadByNoOtherNameAndInNoOtherShape() throws {
    let partition = TopicPartition(.conversations, Partition(3))
    let name = Segment.name(partition, Offset(7), Offset(12))
    let place = try #require(Segment.place(of: name))
    #expect(place.partition == partition && place.first == Offset(7) && place.next == Offset(12))
    for odd in [
      "log/fax/3/1-2.lz4", "log/conversations/x/1-2.lz4", "log/conversations/3/2-2.lz4", "erasures/a.json",
    ] {
      #expect(Segment.place(of: odd) == nil)
    }
    let records = [
      Record(position: Position(.conversations, Partition(3), Offset(7)), event: LogFixtures.event("k"))
    ]
    let bytes = Segment(partition, records).encoded()
    #expect(try Segment(decoding: bytes).records.map(\.event.id) == records.map(\.event.id))
    for length in [0, 1, 20, bytes.count - 1] {
      #expect(throws: (any Error).self) { try Segment(decoding: Array(bytes.prefix(length))) }
    }
  }
}

/// Fails once so many objects were put, as a process that is killed would put no more.
private final class FailingStore: ObjectStore {
  struct Killed: Error {}
  private let inner: MemoryStore
  private let left: Allowance

  init(_ inner: MemoryStore, after puts: Int) {
    self.inner = inner
    left = Allowance(puts)
  }

  func put(_ bytes: [UInt8], at name: String) async throws {
    guard left.take() else { throw Killed() }
    try await inner.put(bytes, at: name)
  }
  /// What was put last was put, and nobody looked any more.
  func get(_ name: String) async throws -> [UInt8]? {
    guard left.isLeft else { throw Killed() }
    return try await inner.get(name)
  }
  func list(_ prefix: String) async throws -> [String] { try await inner.list(prefix) }
  func remove(_ name: String) async throws { try await inner.remove(name) }
}

private final class Allowance: Sendable {
  private let count: Mutex<Int>
  init(_ count: Int) { self.count = Mutex(count) }
  var isLeft: Bool { count.withLock { $0 > 0 } }
  func take() -> Bool {
    count.withLock { count in
      count -= 1
      return count >= 0
    }
  }
}
