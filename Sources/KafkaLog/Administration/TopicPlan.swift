import Contracts
import EventLog

/// The topics to make on a cluster. Pure.
package struct TopicPlan: Sendable, Equatable {
  /// Raw input is kept for 30 days, the events for ever.
  static let expiring: Set<Topic> = [.inbound]

  package struct Entry: Sendable, Equatable {
    package let name: String
    package let partitions: Int
    /// Properties of the topic (Apache Kafka documentation, "Topic-Level Configs"), in order of name.
    package let properties: [String: String]
  }

  package let replication: Int
  package let entries: [Entry]

  /// - Parameters:
  ///   - replication: how many brokers hold each partition.
  ///   - minimumInSync: how many of them must have an event before it is acknowledged.
  package init(
    layout: LogLayout, prefix: String, replication: Int, minimumInSync: Int
  ) throws(EventLogError) {
    guard (1...Int(Int16.max)).contains(replication), (1...replication).contains(minimumInSync) else {
      throw EventLogError(
        .misconfigured,
        "\(minimumInSync) in-sync replicas of \(replication) cannot be: "
          + "both are at least 1, the first not above the second"
      )
    }
    self.replication = replication
    let names = TopicNames(prefix: prefix)
    let expiring = Self.expiring
    entries = Topic.allCases.filter { layout.count($0) > 0 }.map { topic in
      Entry(
        name: names(topic), partitions: layout.count(topic),
        properties: [
          "cleanup.policy": "delete",
          "retention.ms": expiring.contains(topic) ? String(30 * 86_400_000) : "-1",
          "retention.bytes": "-1",
          "min.insync.replicas": String(minimumInSync),
          "message.timestamp.type": "LogAppendTime",
          // A value of 1 MB with its headers, in one batch.
          "max.message.bytes": String(ProducerLimits.messageBytes * 2),
          "unclean.leader.election.enable": "false",
        ])
    }
  }
}
