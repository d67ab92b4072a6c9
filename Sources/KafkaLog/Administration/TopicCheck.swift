import CRdkafka
import Contracts
import EventLog

/// The topics of a cluster with their numbers of partitions.
struct ClusterTopics: Sendable, Equatable {
  let partitions: [String: Int]

  init(partitions: [String: Int]) { self.partitions = partitions }

  /// Blocks for at most `timeout` milliseconds. Asks for all topics, so that asking creates none.
  static func fetch(from handle: KafkaHandle, timeout: Int32 = 5_000) throws(EventLogError) -> ClusterTopics {
    var metadata: UnsafePointer<rd_kafka_metadata>?
    let error = rd_kafka_metadata(handle.rk, 1, nil, &metadata, timeout)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
      throw EventLogError(.unavailable, "asking for the cluster's topics: \(error.text)")
    }
    defer { rd_kafka_metadata_destroy(metadata) }
    let topics = UnsafeBufferPointer(
      start: metadata.pointee.topics, count: Int(metadata.pointee.topic_cnt))
    var partitions: [String: Int] = [:]
    for topic in topics where topic.err == RD_KAFKA_RESP_ERR_NO_ERROR {
      partitions[String(cString: topic.topic)] = Int(topic.partition_cnt)
    }
    return ClusterTopics(partitions: partitions)
  }
}

/// Compares the topics of a cluster with the recorded layout. Pure.
struct TopicCheck: Sendable {
  let layout: LogLayout
  let names: TopicNames

  func verify(_ cluster: ClusterTopics) throws(EventLogError) {
    let expected = Topic.allCases.filter { layout.count($0) > 0 }
    let missing = expected.map { names($0) }.filter { cluster.partitions[$0] == nil }
    guard missing.isEmpty else {
      throw EventLogError(
        .misconfigured,
        "the cluster has no topic \(missing.joined(separator: ", ")): run `aigentable topics create`")
    }
    for topic in expected {
      let found = cluster.partitions[names(topic)] ?? 0
      guard found != layout.count(topic) else { continue }
      throw EventLogError(
        .misconfigured,
        "topic \(names(topic)) has \(found) partitions, recorded are \(layout.count(topic)); the number "
          + "cannot change once there are events: restore it, or choose another topic.prefix and run "
          + "`aigentable topics create`")
    }
  }
}
