import Contracts
import EventLog
import TestKit
import Testing

@testable import KafkaLog

struct OutboxSequenceTests {
  @Test func aLaterEpochIsAboveEveryNumberOfAnEarlierOne() throws {
    let pairs: [(Int64, Int64)] = [
      (0, 0), (0, 1), (0, (1 << 48) - 1), (1, 0), (1, 7), (2, 0), ((1 << 15) - 1, (1 << 48) - 1),
    ]
    let sequences = try pairs.map { try #require(OutboxSequence(epoch: $0, number: $1)) }
    let raw = sequences.map(\.rawValue)
    #expect(raw == raw.sorted() && Set(raw).count == raw.count && raw.last == .max)
    #expect(raw.map { OutboxSequence(rawValue: $0) } == sequences)
    #expect(raw[1] == 1, "numbers of the first epoch stand for themselves")
  }

  @Test func whatNoOutboxGivesIsNoSequence() {
    #expect(OutboxSequence(rawValue: -1) == nil)
    #expect(OutboxSequence(rawValue: .min) == nil)
    #expect(OutboxSequence(epoch: 1 << 15, number: 0) == nil)
    #expect(OutboxSequence(epoch: 0, number: 1 << 48) == nil)
  }

  /// Somebody wrote the highest sequence there is into a topic, and the epoch above it cannot be written.
  @Test func anEpochThatCannotBeWrittenIsAnError() {
    let position = Position(.conversations, Partition(0), .zero)
    let record = Record(position: position, event: LogFixtures.event("stream"))
    #expect { try OutboxRelay.portions(of: [record], epoch: 1 << 15) } throws: { error in
      (error as? EventLogError)?.code == .misconfigured
    }
  }
}
