import CRdkafka
import Contracts
import EventLog
import TestKit
import Testing

@testable import KafkaLog

@Suite(.serialized, .timeLimit(.minutes(2)))
struct KafkaFaultTests {
  @Test func anAppendFailsAsUnavailableWhileTheBrokerIsAwayAndNothingAcknowledgedIsLost() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    let url = cluster.url("message.timeout.ms=2500")
    try await KafkaFixture.with(url, partitions: 1, isRelaying: false) { fixture in
      let log = fixture.log
      let reader = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      let before = LogFixtures.event("stream")
      try await appendUntilTaken([before], to: log)
      #expect(try await reader.read(1).map(\.event) == [before])
      cluster.takeDown(1)
      let during = LogFixtures.event("stream")
      let begun = ContinuousClock.now
      await #expect { _ = try await log.append([during]) } throws: { error in
        (error as? EventLogError)?.code == .unavailable
      }
      #expect(ContinuousClock.now - begun < .seconds(30))
      cluster.bringUp(1)
      try await appendUntilTaken([during], to: log)
      let after = LogFixtures.event("stream")
      try await appendUntilTaken([after], to: log)
      // The same reader goes on, and each is read once though `during` may have been appended twice.
      #expect(try await reader.read(2).map(\.event) == [during, after])
      await reader.close()
    }
  }

  @Test func endsFailAsUnavailableWhileTheBrokerIsAway() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1, isRelaying: false) { fixture in
      cluster.takeDown(1)
      await #expect { _ = try await fixture.log.ends(of: .conversations) } throws: { error in
        (error as? EventLogError)?.code == .unavailable
      }
      cluster.bringUp(1)
    }
  }

  @Test func requestsThatBrokersFailForAWhileAreTriedAgain() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    try await KafkaFixture.with(cluster.url(), partitions: 2, isRelaying: false) { fixture in
      let events = (0..<200).map { LogFixtures.event("stream-\($0 % 7)") }
      for start in stride(from: 0, to: events.count, by: 20) {
        cluster.fail(
          .produce,
          with: [RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT])
        cluster.fail(
          .fetch, with: [RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE])
        _ = try await fixture.log.append(Array(events[start..<(start + 20)]))
      }
      try await expect(events, in: fixture.log)
    }
  }

  @Test func writingAndReadingFollowALeaderThatChanges() async throws {
    let cluster = try MockCluster(brokers: 3)
    let layout = LogLayout(partitions: 2)
    try cluster.create(layout, replication: 3)
    try await KafkaFixture.with(cluster.url(), partitions: 2, isRelaying: false) { fixture in
      let log = fixture.log
      let events = (0..<300).map { LogFixtures.event("stream-\($0 % 7)") }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await expect(events, in: log) }
        for start in stride(from: 0, to: events.count, by: 10) {
          for partition in layout.partitions(.conversations) {
            cluster.lead(partition, by: 1 + (start / 10) % 3)
          }
          _ = try await log.append(Array(events[start..<(start + 10)]))
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func whatTheBrokerRefusesForItsSizeIsRefused() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1, isRelaying: false) { fixture in
      cluster.fail(.produce, with: [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
      await #expect { _ = try await fixture.log.append([LogFixtures.event("stream")]) } throws: { error in
        (error as? EventLogError)?.code == .refused
      }
      _ = try await fixture.log.append([LogFixtures.event("stream")])
    }
  }

  @Test func aTopicThatIsMissingOrOfAnotherSizeStopsTheStart() async throws {
    let cluster = try MockCluster()
    try cluster.create("inbound", partitions: 3)
    await #expect { try await KafkaFixture.with(cluster.url(), partitions: 2) { _ in } } throws: { error in
      let error = error as? EventLogError
      return error?.code == .misconfigured && error?.message.contains("aigentable topics create") == true
        && error?.message.contains("conversations") == true
    }
    for topic in Topic.allCases where topic != .inbound {
      try cluster.create(topic.rawValue, partitions: topic.hasOnePartition ? 1 : 2)
    }
    await #expect { try await KafkaFixture.with(cluster.url(), partitions: 2) { _ in } } throws: { error in
      let error = error as? EventLogError
      return error?.code == .misconfigured
        && error?.message.contains("inbound has 3 partitions, recorded are 2") == true
    }
  }

  @Test func aCursorOutsideThePartitionIsAnErrorThatSaysWhatItHolds() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1, isRelaying: false) { fixture in
      let partition = fixture.log.layout.partitions(.conversations)[0]
      await #expect {
        _ = try await fixture.log.reader(from: [Cursor(partition, Offset(9))], types: nil)
      } throws: { error in
        let error = error as? EventLogError
        return error?.code == .misconfigured && error?.message.contains("ends at 0") == true
      }
    }
  }

  /// Tries again while the log is away, as a provider that got a 503 does.
  private func appendUntilTaken(_ events: [Event], to log: KafkaLog) async throws {
    for _ in 0..<20 {
      do {
        _ = try await log.append(events)
        return
      } catch {
        guard error.isRetriable else { throw error }
      }
    }
    Issue.record("the log did not come back")
  }

  private func byKey(_ events: [Event]) -> [StreamID: [EventID]] {
    Dictionary(grouping: events, by: \.key).mapValues { $0.map(\.id) }
  }

  private func expect(_ events: [Event], in log: KafkaLog) async throws {
    let records = try await log.read(events.count, from: log.beginnings(of: .conversations))
    #expect(byKey(records.map(\.event)) == byKey(events))
  }
}
