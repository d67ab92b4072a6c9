import CRdkafka
import Contracts
import EventLog
import Logging

/// A consumer's queue and where its partitions stand. Used by one thread at a time, under the reader's lock.
final class Consumption {
  enum Step {
    case batch(LogBatch)
    /// Something was passed over; there may be more.
    case more
    case empty
  }

  private let handle: KafkaHandle
  private let queue: OpaquePointer
  private let names: TopicNames
  private let waker: Unmanaged<WakeUp>
  private var partitions: [TopicPartition: PartitionReading]
  private var failure: EventLogError?
  private var topics: [OpaquePointer: Topic] = [:]
  private var messages: [UnsafeMutablePointer<rd_kafka_message_t>?] = []

  init(
    handle: KafkaHandle, wakeUp: WakeUp, names: TopicNames, partitions: [TopicPartition: PartitionReading]
  ) {
    self.handle = handle
    self.names = names
    self.partitions = partitions
    guard let queue = rd_kafka_queue_get_consumer(handle.rk) else {
      preconditionFailure("a consumer with a group has a queue")
    }
    self.queue = queue
    waker = Unmanaged.passRetained(wakeUp)
    // Called when the queue stops being empty, on one of librdkafka's threads with the queue locked.
    rd_kafka_queue_cb_event_enable(
      queue,
      { _, opaque in
        if let opaque { Unmanaged<WakeUp>.fromOpaque(opaque).takeUnretainedValue().wake() }
      }, waker.toOpaque())
  }

  deinit {
    rd_kafka_queue_cb_event_enable(queue, nil, nil)
    waker.release()
    rd_kafka_queue_destroy(queue)
  }

  /// Takes at most `limit` messages of what has arrived, without waiting.
  func take(limit: Int, types: Set<EventType>?, logger: Logger) throws(EventLogError) -> Step {
    if let failure { throw failure }
    let wanted = min(limit, 10_000)
    if messages.count < wanted { messages = Array(repeating: nil, count: wanted) }
    let count = messages.withUnsafeMutableBufferPointer {
      rd_kafka_consume_batch_queue(queue, 0, $0.baseAddress, wanted)
    }
    guard count > 0 else { return .empty }
    var records: [Record] = []
    var moved: Set<TopicPartition> = []
    for pointer in messages[..<count] {
      guard let pointer else { continue }
      defer { rd_kafka_message_destroy(pointer) }
      // What follows a failure in this batch is read again by the next reader.
      guard failure == nil, let partition = partition(of: pointer.pointee) else { continue }
      let before = partitions[partition]?.next
      if let record = take(pointer, in: partition, types: types, logger: logger) { records.append(record) }
      if partitions[partition]?.next != before { moved.insert(partition) }
    }
    let cursors = moved.compactMap { partitions[$0]?.cursor(of: $0) }
    if !cursors.isEmpty { return .batch(LogBatch(records: records, cursors: cursors)) }
    if let failure { throw failure }
    return .more
  }

  private func partition(of message: rd_kafka_message_t) -> TopicPartition? {
    guard let rkt = message.rkt else {
      note(message.err)
      return nil
    }
    let topic =
      topics[rkt] ?? rd_kafka_topic_name(rkt).flatMap { names.topic(named: String(cString: $0)) }
    guard let topic else { return nil }
    topics[rkt] = topic
    let partition = TopicPartition(topic, Partition(message.partition))
    return partitions[partition] == nil ? nil : partition
  }

  private func take(
    _ pointer: UnsafeMutablePointer<rd_kafka_message_t>, in partition: TopicPartition,
    types: Set<EventType>?, logger: Logger
  ) -> Record? {
    let offset = Offset(pointer.pointee.offset)
    switch pointer.pointee.err {
    case RD_KAFKA_RESP_ERR_NO_ERROR: break
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      partitions[partition]?.reachEnd(offset)
      return nil
    default:
      note(pointer.pointee.err, in: partition)
      return nil
    }
    let message = ReceivedMessage(pointer)
    let isWanted = types.map { types in message.type.map(types.contains) ?? false } ?? true
    let verdict = partitions[partition]?.take(
      offset, id: isWanted ? message.id : nil, sequence: message.sequence)
    guard isWanted, verdict == .deliver else { return nil }
    do throws(EventError) {
      return Record(
        position: Position(partition.topic, partition.partition, offset), sequence: message.sequence,
        event: try message.event(of: partition.topic))
    } catch {
      // Someone else wrote it: nothing of ours could ever process it.
      logger.error("record \(partition)@\(offset) is not an event and is passed over: \(error)")
      return nil
    }
  }

  /// What librdkafka overcomes by itself is logged by it; the rest ends this reader.
  private func note(_ error: rd_kafka_resp_err_t, in partition: TopicPartition? = nil) {
    let place = partition?.description ?? "the log"
    switch error {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      failure = EventLogError(
        .misconfigured,
        "\(place) does not hold offset \(partition.flatMap { partitions[$0]?.next } ?? .zero): "
          + "it was removed by the topic's retention, or the topic was truncated")
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
      RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR__FATAL:
      failure = EventLogError(kafka: error, "reading \(place)")
    default: break
    }
  }
}
