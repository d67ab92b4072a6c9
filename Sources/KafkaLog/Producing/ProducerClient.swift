import CRdkafka
import Contracts
import EventLog
import Foundation
import Logging
import Synchronization

/// One librdkafka producer with the thread that takes its reports. After a fatal error it is of no more use.
final class ProducerClient: Sendable {
  let handle: KafkaHandle
  private let names: TopicNames
  private let reports: DeliveryReports
  /// Whether it was given up. Held while messages are handed over: what is given up between two of them would leave a gap.
  private let isGivenUp: Mutex<Bool>

  init(
    _ role: ClientRole, _ configuration: KafkaConfiguration, logger: Logger
  ) throws(EventLogError) {
    let handle = try KafkaHandle(role, configuration, logger: logger)
    self.handle = handle
    names = TopicNames(prefix: configuration.topicPrefix)
    isGivenUp = Mutex(false)
    let reports = DeliveryReports(of: handle, logger: logger)
    self.reports = reports
    let thread = Thread { reports.run() }
    thread.name = "kafka-reports"
    thread.start()
  }

  /// Whatever was not acknowledged fails.
  deinit { reports.stop() }

  var hasFailed: Bool { reports.hasFailed }

  /// Fails what waits, what is under way and whatever comes, so that nobody waits for it any longer. What was written of
  /// a partition by then is a beginning of what was to be.
  func giveUp() {
    isGivenUp.withLock { isGivenUp in
      isGivenUp = true
      reports.fail()
      handle.expectFailures()
      rd_kafka_purge(handle.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    }
  }

  /// As `produce`, for a client that may be given up.
  func produceUnlessGivenUp(_ messages: [Outgoing], for append: PendingAppend) {
    isGivenUp.withLock { isGivenUp in
      guard isGivenUp else { return produce(messages, for: append) }
      for index in messages.indices {
        append.settle(index, .failure(EventLogError(.closed, "the producer was given up")))
      }
    }
  }

  /// Hands all messages over in order; the first that is not taken ends it, so that none overtakes it.
  func produce(_ messages: [Outgoing], for append: PendingAppend) {
    for (index, message) in messages.enumerated() {
      let slot = Unmanaged.passRetained(DeliverySlot(append, index))
      let error = message.produce(on: handle, topic: names(message.partition.topic), opaque: slot.toOpaque())
      guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
      slot.release()
      if error == RD_KAFKA_RESP_ERR__FATAL { reports.fail() }
      let failure = EventLogError(kafka: error, "appending to \(message.partition)")
      for rest in index..<messages.count { append.settle(rest, .failure(failure)) }
      return
    }
  }
}

/// Takes the events of a producer on a thread of its own and passes each delivery to its append.
private final class DeliveryReports: @unchecked Sendable {  // the queue is thread-safe, the rest is atomic
  private let handle: KafkaHandle
  private let queue: OpaquePointer
  private let logger: Logger
  private let isStopping = Atomic(false)
  private let isFatal = Atomic(false)

  init(of handle: KafkaHandle, logger: Logger) {
    self.handle = handle
    self.logger = logger
    guard let queue = rd_kafka_queue_get_main(handle.rk) else { preconditionFailure("no main queue") }
    self.queue = queue
  }

  deinit { rd_kafka_queue_destroy(queue) }

  var hasFailed: Bool { isFatal.load(ordering: .acquiring) }
  func fail() { isFatal.store(true, ordering: .releasing) }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    handle.expectFailures()
    rd_kafka_purge(handle.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    rd_kafka_queue_yield(queue)
  }

  func run() {
    while !isStopping.load(ordering: .acquiring) || rd_kafka_outq_len(handle.rk) > 0 {
      // Blocks until there is an event; the bound covers a yield that came before the wait.
      guard let event = rd_kafka_queue_poll(queue, 1_000) else { continue }
      switch rd_kafka_event_type(event) {
      case RD_KAFKA_EVENT_DR: report(event)
      case RD_KAFKA_EVENT_ERROR: note(event)
      default: break
      }
      rd_kafka_event_destroy(event)
    }
  }

  private func report(_ event: OpaquePointer) {
    while let message = rd_kafka_event_message_next(event)?.pointee {
      guard let opaque = message._private else { continue }
      let slot = Unmanaged<DeliverySlot>.fromOpaque(opaque).takeRetainedValue()
      guard message.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
        slot.append.settle(slot.index, .failure(EventLogError(kafka: message.err, "appending")))
        continue
      }
      slot.append.settle(slot.index, .success(message.offset >= 0 ? message.offset : nil))
    }
  }

  private func note(_ event: OpaquePointer) {
    let error = rd_kafka_event_error(event)
    let text = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? error.text
    guard error == RD_KAFKA_RESP_ERR__FATAL else {
      logger.warning("kafka producer: \(text)")
      return
    }
    let isExpected = isStopping.load(ordering: .acquiring)
    fail()
    if isExpected { return }
    logger.error("kafka producer failed and is replaced: \(text)")
  }
}
