import Contracts
import EventLog
import Foundation
import Testing

extension LogConformance {
  package func readingBeginsAtAnyOffset() async throws {
    try await withLog(1) { test in
      let partition = test.log.layout.partitions(.conversations)[0]
      let events = LogFixtures.events(50, of: "stream")
      _ = try await test.log.append(events)
      for offset in [0, 1, 17, 49] {
        let records = try await test.log.read(
          50 - offset, from: [Cursor(partition, Offset(Int64(offset)))], limit: 7)
        #expect(records.map(\.event) == Array(events[offset...]))
      }
    }
  }

  package func readingFromTheEndWaitsForWhatComesNext() async throws {
    try await withLog(1) { test in
      let partition = test.log.layout.partitions(.conversations)[0]
      _ = try await test.log.append(LogFixtures.events(5, of: "stream"))
      let end = try await test.log.ends(of: .conversations)[0]
      #expect(end == Offset(5))
      let reader = try await test.log.reader(from: [Cursor(partition, end)], types: nil)
      let event = LogFixtures.event("stream")
      async let read = reader.read(1)
      _ = try await test.log.append([event])
      #expect(try await read.map(\.event) == [event])
      await reader.close()
    }
  }

  package func oneReaderReadsPartitionsOfSeveralTopics() async throws {
    try await withLog(3) { test in
      let topics: [Topic] = [.conversations, .agents, .tenants]
      let events = topics.flatMap { topic in
        (0..<30).map { LogFixtures.event("stream-\($0)", topic: topic) }
      }
      _ = try await test.log.append(events)
      let reader = try await test.log.reader(
        from: topics.flatMap { test.log.beginnings(of: $0) }, types: nil)
      var records: [Record] = []
      while records.count < events.count {
        let batch = try await reader.next(limit: 8)
        #expect(batch.records.count <= 8, "a batch holds at most its limit")
        records += batch.records
      }
      await reader.close()
      #expect(Set(records.map(\.event.id)) == Set(events.map(\.id)))
      expectContiguous(records)
    }
  }

  package func aTypeFilterPassesOverOthersAndMovesTheCursor() async throws {
    try await withLog(1) { test in
      let partition = test.log.layout.partitions(.conversations)[0]
      let wanted = LogFixtures.event("stream", type: "wanted")
      let others = (0..<10).map { _ in LogFixtures.event("stream", type: "other") }
      _ = try await test.log.append(others[..<5] + [wanted] + others[5...])
      let reader = try await test.log.reader(from: [Cursor(partition)], types: ["wanted", "absent"])
      var cursor = Cursor(partition)
      var records: [Record] = []
      while cursor.offset < Offset(11) {
        let batch = try await reader.next(limit: 3)
        records += batch.records
        cursor = batch.cursors.first ?? cursor
      }
      await reader.close()
      #expect(records.map(\.event) == [wanted])
      #expect(cursor.offset == Offset(11))
    }
  }

  package func readingGoesOnWhereACursorStands() async throws {
    try await withLog(2) { test in
      let events = (0..<40).map { LogFixtures.event("stream-\($0)") }
      _ = try await test.log.append(events)
      var cursors = Dictionary(
        uniqueKeysWithValues: test.log.beginnings(of: .conversations).map { ($0.partition, $0) })
      var read: [EventID] = []
      while read.count < events.count {
        // A new reader for every batch, as after a crash.
        let reader = try await test.log.reader(from: Array(cursors.values), types: nil)
        let batch = try await reader.next(limit: 9)
        await reader.close()
        read += batch.records.map(\.event.id)
        for cursor in batch.cursors { cursors[cursor.partition] = cursor }
      }
      #expect(read.count == events.count)
      #expect(Set(read) == Set(events.map(\.id)))
    }
  }

  package func cancellingAWaitingReaderEndsItsWait() async throws {
    try await withLog(1) { test in
      let reader = try await test.log.reader(from: test.log.beginnings(of: .conversations), types: nil)
      await withThrowingTaskGroup { group in
        group.addTask { _ = try await reader.next(limit: 1) }
        group.cancelAll()
        await #expect(throws: CancellationError.self) { try await group.next() }
      }
      // The reader is still good.
      let event = LogFixtures.event("stream")
      _ = try await test.log.append([event])
      #expect(try await reader.read(1).map(\.event) == [event])
      await reader.close()
      await #expect { _ = try await reader.next(limit: 1) } throws: { error in
        (error as? EventLogError)?.code == .closed
      }
    }
  }
}
