import CRdkafka
import Contracts
import EventLog
import Logging
import Synchronization

/// Appends with `acks=all` and an idempotent producer, which is replaced after a fatal error.
///
/// At most `ProducerLimits.waitingEvents` events or `waitingBytes` are under way; beyond that `.overloaded`.
/// When the cluster is away, an append fails as `.unavailable` after `message.timeout.ms`.
final class KafkaProducer: Sendable {
  private struct Load {
    var events = 0
    var bytes = 0
  }

  private let role: ClientRole
  private let configuration: KafkaConfiguration
  private let logger: Logger
  private let client: Mutex<ProducerClient?>
  private let load = Mutex(Load())

  init(
    _ role: ClientRole, _ configuration: KafkaConfiguration, logger: Logger
  ) throws(EventLogError) {
    self.role = role
    self.configuration = configuration
    self.logger = logger
    client = Mutex(try ProducerClient(role, configuration, logger: logger))
  }

  /// Has it know every topic and its leaders; whatever keeps it from that shows in `produce`. Of a topic that it does not
  /// know librdkafka asks once a second, for which the first message to each would wait.
  func learnTopics() async {
    guard let client = try? healthyClient() else { return }
    let thread = BlockingThreads(count: 1, name: "kafka-topics")
    _ = try? await thread.run { () throws(EventLogError) in
      try ClusterTopics.fetch(from: client.handle, timeout: 1_000)
    }
  }

  /// What became of each message, in their order. Within a partition a failed message may be followed by
  /// delivered ones only after its own time ran out.
  func produce(_ messages: [Outgoing]) async throws(EventLogError) -> [Delivery] {
    guard !messages.isEmpty else { return [] }
    let bytes = try checkedBytes(messages)
    try enter(events: messages.count, bytes: bytes)
    defer { leave(events: messages.count, bytes: bytes) }
    let client = try healthyClient()
    guard case .relay = role else {
      return await withCheckedContinuation { done in
        client.produce(messages, for: PendingAppend(count: messages.count, done: done))
      }
    }
    // It would wait for ever; of other producers an append ends by itself, and others wait for the same one.
    return await withTaskCancellationHandler {
      await withCheckedContinuation { done in
        client.produceUnlessGivenUp(messages, for: PendingAppend(count: messages.count, done: done))
      }
    } onCancel: {
      client.giveUp()
    }
  }

  /// Fails what is under way and whatever comes.
  func close() { client.withLock { $0 = nil } }

  private func checkedBytes(_ messages: [Outgoing]) throws(EventLogError) -> Int {
    var total = 0
    for message in messages {
      let bytes = message.bytes
      guard bytes <= ProducerLimits.messageBytes else {
        throw EventLogError(
          .refused,
          "event \(message.event.id) with its headers takes \(bytes) bytes, "
            + "more than \(ProducerLimits.messageBytes)"
        )
      }
      total += bytes
    }
    guard messages.count <= ProducerLimits.waitingEvents, total <= ProducerLimits.waitingBytes else {
      throw EventLogError(.refused, "\(messages.count) events of \(total) bytes are too many for one append")
    }
    return total
  }

  private func enter(events: Int, bytes: Int) throws(EventLogError) {
    let isTaken = load.withLock { load in
      guard load.events + events <= ProducerLimits.waitingEvents,
        load.bytes + bytes <= ProducerLimits.waitingBytes
      else { return false }
      load.events += events
      load.bytes += bytes
      return true
    }
    if !isTaken {
      throw EventLogError(
        .overloaded,
        "\(ProducerLimits.waitingEvents) events or \(ProducerLimits.waitingBytes) bytes wait for kafka")
    }
  }

  private func leave(events: Int, bytes: Int) {
    load.withLock { load in
      load.events -= events
      load.bytes -= bytes
    }
  }

  private func healthyClient() throws(EventLogError) -> ProducerClient {
    let result: Result<ProducerClient, EventLogError> = client.withLock { client in
      guard let current = client else { return .failure(EventLogError(.closed, "the log was closed")) }
      guard current.hasFailed else { return .success(current) }
      do throws(EventLogError) {
        let fresh = try ProducerClient(role, configuration, logger: logger)
        client = fresh
        return .success(fresh)
      } catch { return .failure(error) }
    }
    return try result.get()
  }
}
