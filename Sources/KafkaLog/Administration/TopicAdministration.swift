import CRdkafka
import Contracts
import EventLog
import Logging

/// Makes topics, for `aigentable topics create`.
package enum TopicAdministration {
  /// Makes the topics of `plan` that are not there yet. A topic that is there with another number of
  /// partitions is an error; nothing about it is changed. Takes at most about 30 s.
  /// - Returns: the names of the topics that were made.
  package static func create(
    _ plan: TopicPlan, on configuration: KafkaConfiguration, logger: Logger
  ) async throws(EventLogError) -> [String] {
    let thread = BlockingThreads(count: 1, name: "kafka-topics")
    return try await thread.run { () throws(EventLogError) in
      let handle = try KafkaHandle(.queries, configuration, logger: logger)
      let there = try ClusterTopics.fetch(from: handle)
      for entry in plan.entries {
        guard let found = there.partitions[entry.name], found != entry.partitions else { continue }
        throw EventLogError(
          .misconfigured, "topic \(entry.name) exists with \(found) partitions, not \(entry.partitions)")
      }
      let missing = plan.entries.filter { there.partitions[$0.name] == nil }
      if !missing.isEmpty { try request(missing, replication: plan.replication, on: handle) }
      return missing.map(\.name)
    }
  }

  private static func request(
    _ entries: [TopicPlan.Entry], replication: Int, on handle: KafkaHandle
  ) throws(EventLogError) {
    var topics: [OpaquePointer?] = []
    defer { for topic in topics { rd_kafka_NewTopic_destroy(topic) } }
    for entry in entries { topics.append(try newTopic(entry, replication: replication)) }
    let queue = rd_kafka_queue_new(handle.rk)
    defer { rd_kafka_queue_destroy(queue) }
    rd_kafka_CreateTopics(handle.rk, &topics, topics.count, nil, queue)
    guard let event = rd_kafka_queue_poll(queue, 30_000) else {
      throw EventLogError(.unavailable, "creating topics: the cluster did not answer within 30 s")
    }
    defer { rd_kafka_event_destroy(event) }
    let error = rd_kafka_event_error(event)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw EventLogError(kafka: error, "creating topics")
    }
    var count = 0
    let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
    for result in UnsafeBufferPointer(start: results, count: count) {
      let error = rd_kafka_topic_result_error(result)
      // Made by someone else at the same moment: the check at start compares it.
      if error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
      let name = rd_kafka_topic_result_name(result).map { String(cString: $0) } ?? "?"
      let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
      throw EventLogError(.misconfigured, "creating topic \(name): \(text ?? error.text)")
    }
  }

  /// The request for one topic; librdkafka checks its numbers.
  static func newTopic(
    _ entry: TopicPlan.Entry, replication: Int
  ) throws(EventLogError) -> OpaquePointer {
    var text = [CChar](repeating: 0, count: 256)
    guard
      let topic = rd_kafka_NewTopic_new(
        entry.name, Int32(entry.partitions), Int32(replication), &text, text.count)
    else {
      let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw EventLogError(.misconfigured, "topic \(entry.name): \(reason)")
    }
    for (name, value) in entry.properties.sorted(by: { $0.key < $1.key }) {
      rd_kafka_NewTopic_set_config(topic, name, value)
    }
    return topic
  }
}
