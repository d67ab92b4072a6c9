import CRdkafka
import Contracts
import EventLog

/// An event on its way to a partition.
package struct Outgoing: Sendable {
  /// Carries the outbox's sequence number, in decimal: `OutboxSequence.rawValue`.
  static let sequenceHeader = "aigentable-sequence"

  package let partition: TopicPartition
  package let event: Event
  /// The outbox's number of it; nil when it is appended directly.
  package let sequence: OutboxSequence?
  /// Made once: writing ids and times takes longer than all else about a message here.
  let headers: [(name: String, value: String)]

  init(_ event: Event, to partition: TopicPartition, sequence: OutboxSequence? = nil) {
    self.partition = partition
    self.event = event
    self.sequence = sequence
    headers = event.headers + (sequence.map { [(Self.sequenceHeader, String($0.rawValue))] } ?? [])
  }

  /// About what the message takes in a request: an upper bound of its lengths' encodings is included.
  package var bytes: Int {
    event.value.count + event.key.rawValue.utf8.count + 64
      + headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 10 }
  }

  /// Hands the message to librdkafka, which copies it.
  func produce(
    on handle: KafkaHandle, topic: String, opaque: UnsafeMutableRawPointer
  ) -> rd_kafka_resp_err_t {
    guard let list = rd_kafka_headers_new(headers.count) else {
      return RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE
    }
    for (name, value) in headers {
      rd_kafka_header_add(list, name, -1, value, value.utf8.count)
    }
    var key = event.key.rawValue
    let error = key.withUTF8 { key in
      event.value.withUnsafeBytes { value in
        // A null pointer would be a tombstone, so an empty value points at something.
        withUnsafeBytes(of: UInt8(0)) { empty in
          ckafka_produce(
            handle.rk, topic, partition.partition.rawValue, key.baseAddress, key.count,
            value.baseAddress ?? empty.baseAddress, value.count, list, opaque)
        }
      }
    }
    if error != RD_KAFKA_RESP_ERR_NO_ERROR { rd_kafka_headers_destroy(list) }
    return error
  }
}
