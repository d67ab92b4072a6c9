import CRdkafka
import TestKit

/// librdkafka's mock cluster in this process, which the engine's process reaches over TCP.
final class KafkaCluster: @unchecked Sendable {  // librdkafka's calls on it are thread-safe
  private static let brokers: Int32 = 1
  private let rk: OpaquePointer
  private let cluster: OpaquePointer

  init() throws {
    let conf = rd_kafka_conf_new()
    rd_kafka_conf_set(conf, "log_level", "2", nil, 0)
    guard let rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0) else {
      throw TestSetupError("no librdkafka instance for the mock cluster")
    }
    guard let cluster = rd_kafka_mock_cluster_new(rk, Self.brokers) else {
      rd_kafka_destroy(rk)
      throw TestSetupError("no mock cluster")
    }
    self.rk = rk
    self.cluster = cluster
  }

  deinit {
    rd_kafka_mock_cluster_destroy(cluster)
    rd_kafka_destroy(rk)
  }

  /// With short waits, since the mock answers a fetch that finds nothing only after its wait.
  var url: String {
    let hosts = rd_kafka_mock_cluster_bootstraps(cluster).map { String(cString: $0) } ?? ""
    return "kafka://\(hosts)?fetch.wait.max.ms=5&fetch.error.backoff.ms=20&reconnect.backoff.ms=10"
      + "&reconnect.backoff.max.ms=50&retry.backoff.ms=20&topic.metadata.refresh.fast.interval.ms=20"
  }

  /// The topics as the default layout has them.
  func createTopics() throws {
    for (topic, partitions) in [
      ("inbound", 8), ("conversations", 8), ("documents", 1), ("agents", 1), ("tenants", 1),
    ] {
      let error = rd_kafka_mock_topic_create(cluster, topic, Int32(partitions), Self.brokers)
      guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw TestSetupError("topic \(topic): \(error)") }
    }
  }

  func takeDown() { for broker in 1...Self.brokers { rd_kafka_mock_broker_set_down(cluster, broker) } }
  func bringUp() { for broker in 1...Self.brokers { rd_kafka_mock_broker_set_up(cluster, broker) } }
}
