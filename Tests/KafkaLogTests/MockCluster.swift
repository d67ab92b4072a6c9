import CRdkafka
import Contracts
import EventLog
import Foundation
import TestKit

/// librdkafka's own mock cluster, in this process, reached over TCP. It keeps about 5 MB of each partition.
final class MockCluster: @unchecked Sendable {  // librdkafka's calls on it are thread-safe
  enum Request: Int16 {
    case produce = 0
    case fetch = 1
    case listOffsets = 2
  }

  private let rk: OpaquePointer
  private let cluster: OpaquePointer

  init(brokers: Int = 1) throws {
    let conf = rd_kafka_conf_new()
    rd_kafka_conf_set(conf, "log_level", "2", nil, 0)
    guard let rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0) else {
      throw TestSetupError("no librdkafka instance for the mock cluster")
    }
    guard let cluster = rd_kafka_mock_cluster_new(rk, Int32(brokers)) else {
      rd_kafka_destroy(rk)
      throw TestSetupError("no mock cluster")
    }
    self.rk = rk
    self.cluster = cluster
  }

  private static let ending = DispatchGroup()

  /// librdkafka sleeps for a second before it ends a cluster that nobody is connected to: nobody waits for that.
  deinit {
    let owned = Owned(rk: rk, cluster: cluster)
    Self.ending.enter()
    let thread = Thread {
      rd_kafka_mock_cluster_destroy(owned.cluster)
      rd_kafka_destroy(owned.rk)
      Self.ending.leave()
    }
    thread.name = "kafka-mock-end"
    thread.start()
  }

  /// Blocks until those that nobody holds any more have given their memory back.
  static func waitForTheEnding() { ending.wait() }

  private struct Owned: @unchecked Sendable {  // moved to the one thread that frees it
    let rk: OpaquePointer
    let cluster: OpaquePointer
  }

  var bootstraps: String {
    rd_kafka_mock_cluster_bootstraps(cluster).map { String(cString: $0) } ?? ""
  }

  /// A url with settings that suit the mock, which answers a fetch that finds nothing only after its wait.
  func url(_ settings: String = "") -> String {
    "kafka://\(bootstraps)?fetch.wait.max.ms=5&fetch.error.backoff.ms=20&queued.max.messages.kbytes=2048"
      + "&reconnect.backoff.ms=10&reconnect.backoff.max.ms=50&retry.backoff.ms=20"
      + "&topic.metadata.refresh.fast.interval.ms=20"
      + (settings.isEmpty ? "" : "&\(settings)")
  }

  func create(_ layout: LogLayout, prefix: String = "", replication: Int = 1) throws {
    for topic in Topic.allCases where layout.count(topic) > 0 {
      try create(prefix + topic.rawValue, partitions: layout.count(topic), replication: replication)
    }
  }

  func create(_ name: String, partitions: Int, replication: Int = 1) throws {
    let error = rd_kafka_mock_topic_create(cluster, name, Int32(partitions), Int32(replication))
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw TestSetupError("topic \(name): \(error)") }
  }

  func takeDown(_ broker: Int) { rd_kafka_mock_broker_set_down(cluster, Int32(broker)) }
  func bringUp(_ broker: Int) { rd_kafka_mock_broker_set_up(cluster, Int32(broker)) }

  /// The next requests of that kind fail with these errors, one each.
  func fail(_ request: Request, with errors: [rd_kafka_resp_err_t]) {
    rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
  }

  func lead(_ partition: TopicPartition, by broker: Int) {
    rd_kafka_mock_partition_set_leader(
      cluster, partition.topic.rawValue, partition.partition.rawValue, Int32(broker))
  }
}
