import CRdkafka
import Contracts
import EventLog

/// The first readable and the next offset of partitions, as their leaders know them: one request to each
/// leader. Blocks for at most `timeout`.
struct Watermarks: Sendable {
  let handle: KafkaHandle
  let names: TopicNames
  /// Milliseconds.
  var timeout: Int32 = 5_000

  func lows(_ partitions: [TopicPartition]) throws(EventLogError) -> [Offset] {
    try query(partitions, Int64(RD_KAFKA_OFFSET_BEGINNING))
  }

  func ends(_ partitions: [TopicPartition]) throws(EventLogError) -> [Offset] {
    try query(partitions, Int64(RD_KAFKA_OFFSET_END))
  }

  /// ListOffsets takes -1 and -2 in place of a timestamp (Kafka protocol, ListOffsets request). librdkafka
  /// asks the leaders that it remembers, so after a failure they are looked up anew, up to four times.
  private func query(
    _ partitions: [TopicPartition], _ which: Int64
  ) throws(EventLogError) -> [Offset] {
    guard !partitions.isEmpty else { return [] }
    var failure: EventLogError?
    for _ in 0..<5 {
      if failure != nil { _ = try ClusterTopics.fetch(from: handle, timeout: timeout) }
      do { return try queryOnce(partitions, which) } catch {
        guard error.isRetriable else { throw error }
        failure = error
      }
    }
    throw failure ?? EventLogError(.unavailable, "asking for offsets")
  }

  private func queryOnce(
    _ partitions: [TopicPartition], _ which: Int64
  ) throws(EventLogError) -> [Offset] {
    let list = PartitionList(partitions.map { ($0, which) }, names: names)
    let error = rd_kafka_offsets_for_times(handle.rk, list.pointer, timeout)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw EventLogError(kafka: error, "asking for the offsets of \(partitions[0])")
    }
    var offsets: [Offset] = []
    for (partition, element) in zip(partitions, list.elements) {
      guard element.err == RD_KAFKA_RESP_ERR_NO_ERROR, element.offset >= 0 else {
        throw EventLogError(kafka: element.err, "asking for the offsets of \(partition)")
      }
      offsets.append(Offset(element.offset))
    }
    return offsets
  }
}
