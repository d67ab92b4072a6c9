import CRdkafka
import Contracts
import EventLog
import Logging
import Synchronization

/// Reads assigned partitions through a consumer of its own.
///
/// librdkafka fetches ahead into one queue of at most `queued.max.messages.kbytes` (16 MB of keys and values, in
/// memory up to twice that) for all partitions and stops there, so a reader that is not asked costs that and slows
/// nobody. While brokers are away a
/// reader waits; it goes on by itself once they are back.
final class KafkaReader: LogReader {
  private let wakeUp: WakeUp
  private let types: Set<EventType>?
  private let logger: Logger
  /// nil once closed.
  private let consumption: Mutex<Consumption?>

  /// Blocks shortly while the partitions are assigned.
  init(
    handle: KafkaHandle, starts: [(cursor: Cursor, start: ReadingStart)], names: TopicNames,
    types: Set<EventType>?, logger: Logger
  ) throws(EventLogError) {
    let wakeUp = WakeUp()
    self.wakeUp = wakeUp
    self.types = types
    self.logger = logger
    let consumption = Consumption(
      handle: handle, wakeUp: wakeUp, names: names,
      partitions: Dictionary(
        starts.map { cursor, start in
          (cursor.partition, PartitionReading(start: start.start, sequence: cursor.sequence))
        }
      ) { first, _ in first })
    let list = PartitionList(
      starts.map { ($0.cursor.partition, $0.start.fetch.rawValue) }, names: names)
    let error = rd_kafka_assign(handle.rk, list.pointer)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw EventLogError(kafka: error, "assigning partitions")
    }
    self.consumption = Mutex(consumption)
  }

  func next(limit: Int) async throws -> LogBatch {
    precondition(limit > 0, "a batch holds at least one record")
    while true {
      try Task.checkCancellation()
      let step: Consumption.Step = try consumption.withLock { consumption in
        guard let consumption else { throw EventLogError(.closed, "the reader was closed") }
        return try consumption.take(limit: limit, types: types, logger: logger)
      }
      switch step {
      case .batch(let batch): return batch
      case .more: continue
      case .empty: await wakeUp.wait()
      }
    }
  }

  func close() async {
    consumption.withLock { $0 = nil }
    wakeUp.wake()
  }
}
