import Contracts
import EventLog
import Logging
import Postgres
import PostgresLog
import TestKit
import Testing

/// What the readers of one process share, while other processes append, too: here, two logs over one database.
@Suite(.timeLimit(.minutes(5)))
struct LogTailTests {
  private static let writers = 6
  private static let rounds = 40

  @Test func readersOfAllProcessesSeeWhatAllProcessesAppend() async throws {
    try await withTwoLogs(partitions: 3) { logs, database in
      let total = Self.writers * Self.rounds * 3
      let reads = try await withThrowingTaskGroup(of: [Record]?.self) { group in
        for log in logs {
          for limit in [7, 1_000] {
            group.addTask {
              try await log.read(total, from: log.beginnings(of: .conversations), limit: limit)
            }
          }
        }
        for writer in 0..<Self.writers {
          group.addTask {
            let log = logs[writer % logs.count]
            for round in 0..<Self.rounds {
              let events = (0..<3).map { LogFixtures.event("stream-\(writer)-\((round + $0) % 5)") }
              if round % 2 == 0 {
                _ = try await log.append(events)
              } else {
                try await database.pool.withTransaction { try log.append(events, in: $0) }
              }
            }
            return nil
          }
        }
        return try await group.reduce(into: [[Record]]()) { reads, read in if let read { reads.append(read) }
        }
      }
      let stored = try await everything(in: database)
      #expect(stored.count == total)
      for read in reads { #expect(read.sorted { $0.position.isBefore($1.position) } == stored) }
      for read in reads { expectOrder(of: read) }
    }
  }

  /// The log keeps the event that came first; what this process would have appended must not be read in its place.
  @Test func anEventThatAnotherProcessAppendedFirstIsReadAsItWasThen() async throws {
    try await withTwoLogs(partitions: 1) { logs, _ in
      let cursors = logs[0].beginnings(of: .conversations)
      let reader = try await logs[0].reader(from: cursors, types: nil)
      let opening = LogFixtures.event("stream")
      _ = try await logs[0].append([opening])
      #expect(try await reader.read(1).map(\.event) == [opening])
      let first = LogFixtures.event("stream", value: Array(#"{"facts":{"by":1}}"#.utf8))
      let second = LogFixtures.event("stream", id: first.id, value: Array(#"{"facts":{"by":2}}"#.utf8))
      _ = try await logs[1].append([first])
      _ = try await logs[0].append([second])
      #expect(try await reader.read(1).map(\.event) == [first])
      await reader.close()
    }
  }

  @Test func aReaderThatComesLateReadsWhatIsNotHeldAnyMore() async throws {
    try await withTwoLogs(partitions: 2) { logs, _ in
      let log = logs[0]
      let early = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      let value = [UInt8](repeating: 0x20, count: 900_000)
      var events: [Event] = []
      // More than is held of a log in memory.
      for number in 0..<60 {
        let event = LogFixtures.event("stream-\(number)", value: value)
        events.append(event)
        _ = try await log.append([event])
        #expect(try await early.read(1).map(\.event.id) == [event.id])
      }
      let late = try await log.read(events.count, from: log.beginnings(of: .conversations), limit: 11)
      #expect(Set(late.map(\.event.id)) == Set(events.map(\.id)))
      expectOrder(of: late)
      await early.close()
    }
  }

  private func withTwoLogs(
    partitions: Int, _ body: @Sendable ([PostgresLog], TestDatabase) async throws -> Void
  ) async throws {
    try await TestDatabase.with(connections: 8) { database in
      let log = try await database.makeLog(partitions: partitions)
      let other = PostgresLog(
        pool: database.pool, layout: LogLayout(partitions: partitions), logger: Logger(label: "test"))
      try await body([log, other], database)
      await log.close()
      await other.close()
    }
  }

  private func everything(in database: TestDatabase) async throws -> [Record] {
    let ids = try await database.pool.withConnection { connection in
      try connection.execute(
        #"select partition, "offset", id from log.record where topic = $1 order by 1, 2"#,
        [.int2(Topic.conversations.number)]
      ).map { (Partition($0.int4(0)), Offset($0.int8(1)), EventID($0.uuid(2))) }
    }
    let fresh = PostgresLog(
      pool: database.pool, layout: LogLayout(partitions: 3), logger: Logger(label: "test"))
    let records = try await fresh.read(ids.count, from: fresh.beginnings(of: .conversations))
      .sorted { $0.position.isBefore($1.position) }
    await fresh.close()
    #expect(records.map(\.event.id) == ids.map(\.2))
    return records
  }

  /// Within each partition, records came one after the other, none missing.
  private func expectOrder(of records: [Record]) {
    for (partition, records) in Dictionary(grouping: records, by: \.position.topicPartition) {
      #expect(
        records.map(\.position.offset.rawValue) == Array(0..<Int64(records.count)), "offsets of \(partition)")
    }
  }
}

extension Position {
  fileprivate func isBefore(_ other: Position) -> Bool {
    (partition, offset) < (other.partition, other.offset)
  }
}
