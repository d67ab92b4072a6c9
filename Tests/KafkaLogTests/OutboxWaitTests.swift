import Contracts
import EventLog
import TestKit
import Testing

@testable import KafkaLog

@Suite(.serialized, .timeLimit(.minutes(5)))
struct OutboxWaitTests {
  @Test func endsWaitForTheRelayOfAnotherProcess() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    try await KafkaFixture.with(cluster.url(), partitions: 2, isRelaying: false) { fixture in
      let other = try await fixture.reopen()
      try await withThrowingTaskGroup { group in
        group.addTask { try await other.relay.run() }
        for round in 1...10 {
          try await fixture.commit((0..<20).map { LogFixtures.event("stream-\($0)") })
          let ends = try await fixture.log.ends(of: .conversations)
          #expect(ends.reduce(0) { $0 + $1.rawValue } == Int64(20 * round))
        }
        group.cancelAll()
      }
      other.close()
    }
  }

  @Test func endsOfATopicAreUnavailableWhileItIsNotPublishedAndThoseOfOthersAreNot() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1, isRelaying: false) { fixture in
      try await fixture.commit(LogFixtures.events(3, of: "stream"))
      #expect(try await fixture.log.ends(of: .agents) == [.zero])
      let begun = ContinuousClock.now
      await #expect { _ = try await fixture.log.ends(of: .conversations) } throws: { error in
        let error = error as? EventLogError
        return error?.code == .unavailable && error?.message.contains("outbox") == true
      }
      #expect(ContinuousClock.now - begun < .seconds(30))
    }
  }

  @Test func endsDoNotWaitForWhatIsCommittedLater() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 1))
    try await KafkaFixture.with(cluster.url(), partitions: 1) { fixture in
      try await withThrowingTaskGroup { group in
        group.addTask {
          while !Task.isCancelled { try await fixture.commit(LogFixtures.events(1, of: "stream")) }
        }
        var last = Offset.zero
        for _ in 0..<20 {
          let end = try await fixture.log.ends(of: .conversations)[0]
          #expect(end >= last)
          last = end
        }
        group.cancelAll()
        try? await group.waitForAll()
      }
    }
  }

  @Test func theBacklogTellsHowManyRecordsWaitAndForHowLong() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    try await KafkaFixture.with(cluster.url(), partitions: 2, isRelaying: false) { fixture in
      let relay = fixture.log.relay
      #expect(try await relay.backlog() == OutboxBacklog(records: 0, seconds: 0))
      try await fixture.commit((0..<20).map { LogFixtures.event("stream-\($0)") })
      try await fixture.commit([LogFixtures.event("agent", topic: .agents)])
      let first = try await relay.backlog()
      let second = try await relay.backlog()
      #expect(first.records == 21 && first.seconds > 0 && second.seconds > first.seconds)
      try await withThrowingTaskGroup { group in
        group.addTask { try await relay.run() }
        for topic in [Topic.conversations, .agents] { _ = try await fixture.log.ends(of: topic) }
        group.cancelAll()
      }
      #expect(try await relay.backlog() == OutboxBacklog(records: 0, seconds: 0))
    }
  }
}
