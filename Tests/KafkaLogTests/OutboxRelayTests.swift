import Contracts
import EventLog
import Postgres
import Synchronization
import TestKit
import Testing

@testable import KafkaLog

@Suite(.serialized, .timeLimit(.minutes(2)))
struct OutboxRelayTests {
  private struct Killed: Error {}

  private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
  }

  @Test func aRelayKilledBetweenAcknowledgementAndDeletionRepeatsNothingToReaders() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    try await KafkaFixture.with(cluster.url(), partitions: 2, isRelaying: false) { fixture in
      let log = fixture.log
      var events: [Event] = []
      let reader = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      for round in 0..<4 {
        let batch = (0..<10).map { LogFixtures.event("stream-\(round)-\($0)") }
        events += batch
        try await fixture.database.pool.withTransaction { try log.append(batch, in: $0) }
        await #expect(throws: Killed.self) {
          try await fixture.makeRelay().run(afterAcknowledgement: { throw Killed() })
        }
      }
      // Each killed relay has published everything from the beginning on.
      let ends = try await log.ends(log.layout.partitions(.conversations))
      #expect(ends.reduce(0) { $0 + $1.rawValue } == 10 + 20 + 30 + 40)
      let last = LogFixtures.event("last")
      try await withThrowingTaskGroup { group in
        group.addTask { try await log.relay.run() }
        try await fixture.database.pool.withTransaction { try log.append([last], in: $0) }
        let records = try await reader.read(41)
        #expect(records.map(\.event.id).count == 41)
        #expect(Set(records.map(\.event.id)) == Set((events + [last]).map(\.id)))
        for (_, records) in Dictionary(grouping: records, by: \.position.partition) {
          #expect(records.compactMap(\.sequence) == Array(0..<Int64(records.count)))
        }
        group.cancelAll()
      }
      await reader.close()
    }
  }

  @Test func aReaderThatGoesOnFromACursorDropsWhatARelayRepeats() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1, isRelaying: false) { fixture in
      let log = fixture.log
      let pool = fixture.database.pool
      let first = LogFixtures.events(5, of: "stream")
      try await pool.withTransaction { try log.append(first, in: $0) }
      await #expect(throws: Killed.self) {
        try await fixture.makeRelay().run(afterAcknowledgement: { throw Killed() })
      }
      let reader = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      var cursor = Cursor(log.layout.partitions(.conversations)[0])
      while cursor.offset < Offset(5) { cursor = try await reader.next(limit: 5).cursors[0] }
      await reader.close()
      #expect(cursor.sequence == 4)
      let next = LogFixtures.event("stream")
      try await pool.withTransaction { try log.append([next], in: $0) }
      try await withThrowingTaskGroup { group in
        group.addTask { try await log.relay.run() }
        let records = try await log.read(1, from: [cursor])
        #expect(records.map(\.event) == [next])
        group.cancelAll()
      }
    }
  }

  @Test func publishedRowsAreDeletedAndNumbersGoOn() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1, isRelaying: false) { fixture in
      let log = fixture.log
      let pool = fixture.database.pool
      for round in 0..<3 {
        let settled = WakeUp()
        let events = LogFixtures.events(7, of: "stream")
        try await pool.withTransaction { try log.append(events, in: $0) }
        // The second portion's hook runs after the first was settled.
        let calls = Counter()
        await withThrowingTaskGroup { group in
          group.addTask {
            try await fixture.makeRelay().run(afterAcknowledgement: {
              if calls.next() == 2 {
                settled.wake()
                throw Killed()
              }
            })
          }
          group.addTask {
            _ = try await log.read(7 * (round + 1), from: log.beginnings(of: .conversations))
            let agent = LogFixtures.event("agent", topic: .agents)
            try await pool.withTransaction { try log.append([agent], in: $0) }
          }
          await settled.wait()
        }
        let rows = try await pool.withConnection { connection in
          try connection.execute(#"select "offset" from log.record where topic = 2"#).map { $0.int8(0) }
        }
        #expect(rows == [Int64(7 * (round + 1) - 1)], "only the last row stays")
      }
      let records = try await log.read(21, from: log.beginnings(of: .conversations))
      #expect(records.compactMap(\.sequence) == Array(0..<21))
    }
  }

  @Test func theOutboxWaitsWhileTheBrokerIsAwayAndThenFlowsInOrder() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1) { fixture in
      let log = fixture.log
      let events = LogFixtures.events(20, of: "stream")
      let reader = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      cluster.takeDown(1)
      for event in events {
        try await fixture.database.pool.withTransaction { try log.append([event], in: $0) }
      }
      cluster.bringUp(1)
      #expect(try await reader.read(20).map(\.event) == events)
      await reader.close()
    }
  }

  @Test func onlyOneRelayWorksAtATimeAndAnotherTakesOver() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1, isRelaying: false) { fixture in
      let log = fixture.log
      let pool = fixture.database.pool
      let reader = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      let holder = try PostgresConnection(url: fixture.database.url)
      #expect(try OutboxStatements.hold(on: holder))
      try await withThrowingTaskGroup { group in
        group.addTask { try await log.relay.run() }
        let event = LogFixtures.event("stream")
        try await pool.withTransaction { try log.append([event], in: $0) }
        #expect(try await pool.withConnection { try !OutboxStatements.hold(on: $0) })
        #expect(try await log.ends(log.layout.partitions(.conversations)) == [.zero])
        try holder.executeScript("select pg_advisory_unlock_all()")
        #expect(try await reader.read(1).map(\.event) == [event])
        group.cancelAll()
      }
      await reader.close()
    }
  }

  @Test func onlyWhatWasDeliveredBeforeAFailureIsSettled() {
    let partitions = (0..<2).map { TopicPartition(.conversations, Partition(Int32($0))) }
    let messages = (0..<8).map { number in
      Outgoing(
        LogFixtures.event("stream"), to: partitions[number % 2],
        sequence: OutboxSequence(epoch: 3, number: Int64(number / 2 + 5)))
    }
    let failure = Delivery.failure(EventLogError(.unavailable, "gone"))
    let ranges = PublishedRange.ranges(
      of: messages, (0..<8).map { $0 == 2 ? failure : .success(nil) })
    #expect(
      ranges == [
        PublishedRange(partition: partitions[0], first: 5, last: 5),
        PublishedRange(partition: partitions[1], first: 5, last: 8),
      ])
  }
}
