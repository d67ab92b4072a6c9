import CRdkafka
import Contracts
import EventLog
import TestKit
import Testing

@testable import KafkaLog

@Suite(.serialized, .timeLimit(.minutes(5)))
struct AdvisoryCommitTests {
  private let partitions = (0..<2).map { TopicPartition(.conversations, Partition(Int32($0))) }

  @Test func theLatestProgressOfEveryConsumerReachesTheCluster() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2), prefix: "eu-")
    let configuration = try KafkaConfiguration(url: cluster.url("topic.prefix=eu-"))
    let commits = AdvisoryCommits(configuration, logger: KafkaFixture.logger)
    for offset in 1...40 as ClosedRange<Int64> {
      commits.note(group: "eu-a", [Cursor(partitions[0], Offset(offset))])
      commits.note(group: "eu-b", partitions.map { Cursor($0, Offset(offset + 100)) })
    }
    try await commits.settled()
    #expect(try committed("eu-a", configuration) == [40, -1001], "-1001 is librdkafka's word for none")
    #expect(try committed("eu-b", configuration) == [140, 140])
    commits.close()
  }

  @Test func aLogCommitsAsTheGroupOfTheConsumer() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    try await KafkaFixture.with(cluster.url(), partitions: 2, isRelaying: false) { fixture in
      fixture.log.noteProgress(of: "normalize", at: [Cursor(partitions[1], Offset(7))])
      try await fixture.log.commits.settled()
      #expect(try committed("aigentable-normalize", fixture.configuration) == [-1001, 7])
    }
  }

  private func committed(_ group: String, _ configuration: KafkaConfiguration) throws -> [Int64] {
    let handle = try KafkaHandle(.commits(group: group), configuration, logger: KafkaFixture.logger)
    let list = PartitionList(
      partitions.map { ($0, -1) }, names: TopicNames(prefix: configuration.topicPrefix))
    #expect(rd_kafka_committed(handle.rk, list.pointer, 5_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
    return list.elements.map(\.offset)
  }
}
