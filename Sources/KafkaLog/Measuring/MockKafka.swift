import CRdkafka
import Contracts
import EventLog

/// librdkafka's mock cluster of one broker in this process, reached over TCP, for measuring where no cluster is at hand.
/// It keeps about 5 MB of each partition.
package final class MockKafka: @unchecked Sendable {  // librdkafka's calls on it are thread-safe
  private let rk: OpaquePointer
  private let cluster: OpaquePointer

  /// Makes the topics of `layout` once for each prefix.
  package init(_ layout: LogLayout, prefixes: [String]) throws(EventLogError) {
    let configuration = rd_kafka_conf_new()
    rd_kafka_conf_set(configuration, "log_level", "2", nil, 0)
    guard let rk = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
      throw EventLogError(.unavailable, "no librdkafka instance for the mock cluster")
    }
    guard let cluster = rd_kafka_mock_cluster_new(rk, 1) else {
      rd_kafka_destroy(rk)
      throw EventLogError(.unavailable, "no mock cluster")
    }
    self.rk = rk
    self.cluster = cluster
    for topic in Topic.allCases {
      for prefix in prefixes {
        rd_kafka_mock_topic_create(cluster, prefix + topic.rawValue, Int32(layout.count(topic)), 1)
      }
    }
  }

  deinit {
    rd_kafka_mock_cluster_destroy(cluster)
    rd_kafka_destroy(rk)
  }

  package var url: String {
    "kafka://\(rd_kafka_mock_cluster_bootstraps(cluster).map { String(cString: $0) } ?? "")"
  }
}
