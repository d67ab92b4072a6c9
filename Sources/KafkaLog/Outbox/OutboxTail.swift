import CRdkafka
import Contracts
import EventLog
import Logging

/// What the ends of the topics hold of the outbox.
struct OutboxTail {
  /// How many offsets before the end are looked through: few at first, more where none of them has a number. A
  /// topic whose events are appended directly has none at all.
  static let depths: [Int64] = [64, 1_024]

  private let handle: KafkaHandle
  private let names: TopicNames
  private var found: [TopicPartition: OutboxEntry] = [:]

  /// The entries of those of `partitions` that have one. Blocks for as long as the brokers take, and fails as
  /// `.unavailable` when nothing arrives for 10 s.
  static func read(
    _ partitions: [TopicPartition], _ configuration: KafkaConfiguration, logger: Logger
  ) throws(EventLogError) -> [OutboxEntry] {
    let names = TopicNames(prefix: configuration.topicPrefix)
    let handle = try KafkaHandle(.reader, configuration, logger: logger)
    var tail = OutboxTail(handle: handle, names: names)
    let watermarks = Watermarks(handle: handle, names: names)
    let ends = try watermarks.ends(partitions)
    let lows = try watermarks.lows(partitions)
    for depth in depths {
      var ranges: [TopicPartition: Range<Int64>] = [:]
      for (partition, (low, end)) in zip(partitions, zip(lows, ends))
      where low < end && tail.found[partition] == nil {
        ranges[partition] = max(low.rawValue, end.rawValue - depth)..<end.rawValue
      }
      try tail.read(ranges)
    }
    return partitions.compactMap { tail.found[$0] }
  }

  private init(handle: KafkaHandle, names: TopicNames) {
    self.handle = handle
    self.names = names
  }

  private mutating func read(_ ranges: [TopicPartition: Range<Int64>]) throws(EventLogError) {
    guard !ranges.isEmpty else { return }
    let list = PartitionList(ranges.map { ($0.key, $0.value.lowerBound) }, names: names)
    let error = rd_kafka_assign(handle.rk, list.pointer)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw EventLogError(kafka: error, "assigning partitions")
    }
    var left = Set(ranges.keys)
    while !left.isEmpty {
      guard let pointer = rd_kafka_consumer_poll(handle.rk, 10_000) else {
        throw EventLogError(.unavailable, "reading the ends of the topics: nothing arrived for 10 s")
      }
      defer { rd_kafka_message_destroy(pointer) }
      guard let partition = partition(of: pointer.pointee), let range = ranges[partition] else { continue }
      switch pointer.pointee.err {
      case RD_KAFKA_RESP_ERR_NO_ERROR: take(ReceivedMessage(pointer), of: partition)
      case RD_KAFKA_RESP_ERR__PARTITION_EOF: break
      case let error: throw EventLogError(kafka: error, "reading the end of \(partition)")
      }
      if pointer.pointee.offset >= range.upperBound - 1 { left.remove(partition) }
    }
  }

  private func partition(of message: rd_kafka_message_t) -> TopicPartition? {
    guard let name = message.rkt.flatMap({ rd_kafka_topic_name($0) }) else { return nil }
    return names.topic(named: String(cString: name)).map { TopicPartition($0, Partition(message.partition)) }
  }

  private mutating func take(_ message: ReceivedMessage, of partition: TopicPartition) {
    guard let sequence = message.sequence.flatMap({ OutboxSequence(rawValue: $0) }), let id = message.id,
      found[partition].map({ $0.sequence.rawValue < sequence.rawValue }) ?? true
    else { return }
    found[partition] = OutboxEntry(partition: partition, sequence: sequence, id: id)
  }
}
