import CRdkafka
import EventLog
import TestKit
import Testing

@testable import KafkaLog

struct TopicPlanTests {
  @Test func thePlanHasEveryTopicWithItsPartitionsAndRetention() throws {
    let plan = try TopicPlan(
      layout: LogLayout(partitions: 12), prefix: "eu-", replication: 3, minimumInSync: 2)
    #expect(
      plan.entries.map { "\($0.name) \($0.partitions)" } == [
        "eu-inbound 12", "eu-conversations 12", "eu-agents 1", "eu-documents 1", "eu-tenants 1",
      ])
    #expect(plan.entries.map { $0.properties["retention.ms"] } == ["2592000000", "-1", "-1", "-1", "-1"])
    #expect(plan.entries.allSatisfy { $0.properties["min.insync.replicas"] == "2" })
    #expect(plan.entries.allSatisfy { $0.properties["cleanup.policy"] == "delete" })
  }

  @Test(arguments: [(0, 1), (3, 4), (3, 0)])
  func impossibleReplicationIsRefused(replication: Int, minimum: Int) {
    #expect(throws: EventLogError.self) {
      try TopicPlan(
        layout: LogLayout(partitions: 1), prefix: "", replication: replication, minimumInSync: minimum)
    }
  }

  @Test func librdkafkaTakesEveryRequest() throws {
    let plan = try TopicPlan(
      layout: LogLayout(partitions: 12), prefix: "", replication: 3, minimumInSync: 2)
    for entry in plan.entries {
      rd_kafka_NewTopic_destroy(try TopicAdministration.newTopic(entry, replication: plan.replication))
    }
    let bad = TopicPlan.Entry(name: "inbound", partitions: 200_000, properties: [:])
    #expect(throws: EventLogError.self) { try TopicAdministration.newTopic(bad, replication: 3) }
  }

  @Test func theCheckNamesWhatIsMissingOrDiffers() {
    let check = TopicCheck(layout: LogLayout(partitions: 2), names: TopicNames(prefix: "eu-"))
    #expect { try check.verify(ClusterTopics(partitions: [:])) } throws: { error in
      "\(error)".contains("eu-inbound, eu-conversations, eu-agents")
    }
  }
}
