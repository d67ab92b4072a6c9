import Contracts
import EventLog
import Foundation
import Postgres
import Testing

extension LogConformance {
  package func appendReturnsPositionsThatAreReadable() async throws {
    try await withLog(4) { test in
      let events = (0..<20).map { LogFixtures.event("stream-\($0)") }
      let positions = try await test.log.append(events)
      #expect(positions.map(\.topicPartition) == events.map { test.log.layout.partition(of: $0) })
      let records = try await test.log.read(20, from: test.log.beginnings(of: .conversations))
      let read = Dictionary(uniqueKeysWithValues: records.map { ($0.position, $0.event) })
      for (position, event) in zip(positions, events) { #expect(read[position] == event) }
    }
  }

  package func anEmptyAppendDoesNothing() async throws {
    try await withLog(2) { test in
      #expect(try await test.log.append([]) == [])
      try await test.pool.withTransaction { [log = test.log] in try log.append([], in: $0) }
      #expect(try await test.log.ends(of: .conversations) == [.zero, .zero])
    }
  }

  package func appendKeepsTheFirstOfTwoEqualIDs() async throws {
    try await withLog(2) { test in
      let event = LogFixtures.event("stream")
      let first = try await test.log.append([event])
      let second = try await test.log.append([event])
      if traits.answersFirstPosition { #expect(first == second) }
      // Twice in one batch, and among new ones.
      let other = LogFixtures.event("stream")
      let third = try await test.log.append([other, event, other])
      if traits.answersFirstPosition {
        #expect(third[0] == third[2])
        #expect(third[1] == first[0])
      }
      #expect(try await everything(in: test.log).map(\.event.id) == [event.id, other.id])
    }
  }

  package func concurrentAppendsOfOneIDAreReadOnce() async throws {
    try await withLog(2) { test in
      let event = LogFixtures.event("stream")
      let positions = try await withThrowingTaskGroup { group in
        for _ in 0..<16 { group.addTask { [log = test.log] in try await log.append([event])[0] } }
        return try await group.reduce(into: Set<Position>()) { $0.insert($1) }
      }
      if traits.answersFirstPosition { #expect(positions.count == 1) }
      #expect(try await everything(in: test.log).map(\.event.id) == [event.id])
    }
  }

  package func offsetsOfAPartitionAreContiguous() async throws {
    try await withLog(4) { test in
      for size in [1, 7, 100, 3] {
        _ = try await test.log.append((0..<size).map { LogFixtures.event("stream-\($0)") })
      }
      let records = try await everything(in: test.log)
      #expect(records.count == 111)
      expectContiguous(records)
    }
  }

  package func whatCannotBeTakenIsRefused() async throws {
    try await withLog(1) { test in
      let bad = [
        LogFixtures.event(String(repeating: "k", count: 256)),
        LogFixtures.event(""),
        LogFixtures.event("stream", value: [UInt8](repeating: 0x20, count: 1_000_001)),
      ]
      for event in bad {
        let good = LogFixtures.event("stream")
        await #expect { _ = try await test.log.append([good, event]) } throws: { error in
          (error as? EventLogError)?.code == .refused
        }
        await #expect {
          try await test.pool.withTransaction { [log = test.log] in try log.append([good, event], in: $0) }
        } throws: { error in
          (error as? EventLogError)?.code == .refused
        }
      }
      let ends = try await test.log.ends(of: .conversations)
      #expect(ends == [.zero])
    }
  }

  package func oddButLawfulEventsComeBackAsTheyWere() async throws {
    try await withLog(1) { test in
      let events = [
        LogFixtures.event(String(repeating: "k", count: 255)),
        LogFixtures.event("ключ 🗝\u{301} \r\n\t'\"; drop table log.record; --"),
        LogFixtures.event("stream", value: []),
        LogFixtures.event("stream", value: Array(0...255)),
        LogFixtures.event("stream", value: [UInt8](repeating: 0xFF, count: 1_000_000)),
        LogFixtures.event("stream", type: "тип.с пробелом"),
      ]
      _ = try await test.log.append(events)
      let records = try await test.log.read(events.count, from: test.log.beginnings(of: .conversations))
      #expect(records.map(\.event) == events)
    }
  }
}
