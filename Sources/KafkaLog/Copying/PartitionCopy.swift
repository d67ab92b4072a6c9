import Contracts
import EventLog
import PostgresLog

/// Copies one partition from where it ends on Kafka on.
struct PartitionCopy: Sendable {
  private let source: PostgresLog
  private let producer: KafkaProducer
  private let partition: TopicPartition
  private let batch: Int

  init(
    _ source: PostgresLog, _ producer: KafkaProducer, _ partition: TopicPartition,
    batch: Int
  ) {
    self.source = source
    self.producer = producer
    self.partition = partition
    self.batch = batch
  }

  /// Returns how many records were copied.
  /// - Parameter start: where it ends there, and is as it is here.
  func run(
    from start: Offset, to end: Offset, _ onProgress: @Sendable (LogCopy.Progress) -> Void
  ) async throws -> Int {
    guard start < end else { return 0 }
    let reader = try await source.reader(from: [Cursor(partition, start)], types: nil)
    do {
      var next = start
      var records = try await self.records(reader, from: next, to: end)
      while !records.isEmpty {
        let (part, after) = (records, next.advanced(by: Int64(records.count)))
        // The next part is read while this one is on its way.
        async let following = after < end ? self.records(reader, from: after, to: end) : []
        try await send(part)
        next = after
        onProgress(LogCopy.Progress(partition: partition, offset: next, end: end))
        records = try await following
      }
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    return Int(end.rawValue - start.rawValue)
  }

  private func send(_ records: [Record]) async throws {
    let deliveries = try await producer.produce(records.map { Outgoing($0.event, to: partition) })
    for (record, delivery) in zip(records, deliveries) {
      // A broker that knows a repeated request as done may not say where.
      guard let offset = try delivery.get(), offset != record.position.offset.rawValue else { continue }
      throw LogCopy.strange(
        partition, "took offset \(record.position.offset) at \(offset), so something else writes there")
    }
  }

  private func records(_ reader: any LogReader, from: Offset, to end: Offset) async throws -> [Record] {
    let read = try await reader.next(limit: min(batch, Int(clamping: end.rawValue - from.rawValue))).records
    guard read.first?.position.offset == from else {
      throw EventLogError(
        .misconfigured,
        "\(partition) from \(from) on is not in the embedded log any more, so that offsets cannot be kept")
    }
    return read
  }
}
