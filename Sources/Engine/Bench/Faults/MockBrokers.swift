import CRdkafka
import Contracts
import EventLog

/// librdkafka's own mock cluster (rdkafka_mock.h) in this process, reached over TCP.
final class MockBrokers: @unchecked Sendable {  // librdkafka's calls on it are thread-safe
  static let count = 3

  private let rk: OpaquePointer
  private let cluster: OpaquePointer

  private init(_ rk: OpaquePointer, _ cluster: OpaquePointer) {
    self.rk = rk
    self.cluster = cluster
  }

  deinit {
    rd_kafka_mock_cluster_destroy(cluster)
    rd_kafka_destroy(rk)
  }

  /// With the topics of the layout, every partition on all brokers.
  static func start(_ layout: LogLayout) throws -> MockBrokers {
    let conf = rd_kafka_conf_new()
    rd_kafka_conf_set(conf, "log_level", "2", nil, 0)
    guard let rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0),
      let cluster = rd_kafka_mock_cluster_new(rk, Int32(count))
    else { throw BenchError("librdkafka makes no mock cluster") }
    let brokers = MockBrokers(rk, cluster)
    for topic in Topic.allCases where layout.count(topic) > 0 {
      let error = rd_kafka_mock_topic_create(
        cluster, topic.rawValue, Int32(layout.count(topic)), Int32(count))
      guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw BenchError("topic \(topic): \(error)") }
    }
    return brokers
  }

  /// With short waits: the mock answers a fetch that finds nothing only after its wait. And with one request at a time:
  /// the mock keeps no order among them as brokers do for an idempotent producer, so that one which is taken after one
  /// that was refused would, to librdkafka, say that both are there.
  var url: String {
    let hosts = rd_kafka_mock_cluster_bootstraps(cluster).map { String(cString: $0) } ?? ""
    return "kafka://\(hosts)?fetch.wait.max.ms=5&fetch.error.backoff.ms=20&queued.max.messages.kbytes=2048"
      + "&reconnect.backoff.ms=10&reconnect.backoff.max.ms=50&retry.backoff.ms=20"
      + "&topic.metadata.refresh.fast.interval.ms=20&message.timeout.ms=2500&max.in.flight=1"
  }

  func takeDown(_ broker: Int) { rd_kafka_mock_broker_set_down(cluster, Int32(broker)) }
  func bringUp(_ broker: Int) { rd_kafka_mock_broker_set_up(cluster, Int32(broker)) }

  /// The next requests to produce and to fetch fail with these, one each.
  func failRequests() {
    let refusals = [
      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    ]
    let (produce, fetch): (Int16, Int16) = (0, 1)
    for request in [produce, fetch] {
      rd_kafka_mock_push_request_errors_array(cluster, request, refusals.count, refusals)
    }
  }

  func lead(_ partition: TopicPartition, by broker: Int) {
    rd_kafka_mock_partition_set_leader(
      cluster, partition.topic.rawValue, partition.partition.rawValue, Int32(broker))
  }
}
