import Contracts
import EventLog
import Foundation
import TestKit
import Testing

@testable import KafkaLog

struct PartitionReadingTests {
  private let partition = TopicPartition(.conversations, Partition(0))

  @Test func whatIsReadDoesNotDependOnWhereReadingBegins() {
    var random = LogRandom(seed: LogRandom.seed(for: "whatIsReadDoesNotDependOnWhereReadingBegins"))
    let span: Int64 = 16
    for _ in 0..<50 {
      let ids = (0..<12).map { _ in EventID(UUID()) }
      // Offsets with gaps, ids that come again near and far.
      var offset: Int64 = 0
      let log = (0..<200).map { _ in
        offset += Int64.random(in: 1...3, using: &random)
        let isOld = Int.random(in: 0..<3, using: &random) == 0
        return (offset: offset, id: isOld ? ids[Int.random(in: 0..<12, using: &random)] : EventID(UUID()))
      }
      let whole = delivered(log, from: 0, span: span)
      let start = Int64.random(in: 0...offset, using: &random)
      #expect(delivered(log, from: start, span: span) == whole.filter { $0 >= start })
    }
  }

  private func delivered(_ log: [(offset: Int64, id: EventID)], from start: Int64, span: Int64) -> [Int64] {
    var reading = PartitionReading(start: Offset(start), sequence: nil, span: span)
    return log.filter { $0.offset >= start - span }.compactMap { record in
      reading.take(Offset(record.offset), id: record.id, sequence: nil) == .deliver ? record.offset : nil
    }
  }

  @Test func numbersThatAreNotAboveTheLastAreDropped() {
    var reading = PartitionReading(start: .zero, sequence: 6)
    let verdicts = [5, 6, 7, 7, 8, 3, 9].enumerated().map { index, number in
      reading.take(Offset(Int64(index)), id: EventID(UUID()), sequence: number)
    }
    #expect(verdicts == [.repeated, .repeated, .deliver, .repeated, .deliver, .repeated, .deliver])
    #expect(reading.cursor(of: partition) == Cursor(partition, Offset(7), sequence: 9))
  }

  @Test func aRecordHandedOverTwiceIsTakenOnce() {
    var reading = PartitionReading(start: .zero, sequence: nil)
    let id = EventID(UUID())
    #expect(reading.take(.zero, id: id, sequence: nil) == .deliver)
    #expect(reading.take(.zero, id: id, sequence: nil) == .past)
  }

  @Test func markersAtTheEndMoveTheCursor() {
    var reading = PartitionReading(start: Offset(3), sequence: nil)
    #expect(reading.take(Offset(1), id: EventID(UUID()), sequence: nil) == .before)
    #expect(reading.cursor(of: partition) == nil)
    reading.reachEnd(Offset(5))
    #expect(reading.cursor(of: partition) == Cursor(partition, Offset(5)))
    reading.reachEnd(Offset(4))
    #expect(reading.next == Offset(5))
  }

  @Test func anIdLeavesTheWindowAfterItsSpan() {
    var window = RepeatWindow(span: 4)
    let id = EventID(UUID())
    let outcomes = [0, 4, 9, 10].map { window.isRepeated(id, at: $0) }
    #expect(outcomes == [false, true, false, true])
  }

  @Test func readingBeginsAWindowEarlierButNotBelowTheFirstOffset() throws {
    func start(_ offset: Int64, low: Int64, end: Int64) throws -> ReadingStart {
      try ReadingStart(Cursor(partition, Offset(offset)), low: Offset(low), end: Offset(end), span: 10)
    }
    #expect(try start(50, low: 0, end: 50).fetch == Offset(40))
    #expect(try start(50, low: 45, end: 60).fetch == Offset(45))
    #expect(try start(0, low: 45, end: 60).start == Offset(45))
    for (offset, low, end) in [(44, 45, 60), (61, 45, 60)] as [(Int64, Int64, Int64)] {
      #expect { try start(offset, low: low, end: end) } throws: { error in
        (error as? EventLogError)?.code == .misconfigured
      }
    }
  }
}
