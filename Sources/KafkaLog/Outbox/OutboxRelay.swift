import Contracts
import EventLog
import Logging
import Postgres

/// Publishes the outbox in order, each record with its number in the outbox.
///
/// The relay reads the outbox as any reader does, so a commit in this process wakes it at once, and one in
/// another process through NOTIFY. One relay of the installation holds a session's advisory lock and works;
/// the others look once a second whether it is free. The lock only saves work: were two at it, or one killed
/// between acknowledgement and deletion, readers drop what is not above the last number they saw.
///
/// Its producer never gives a message up and stops at the first that a broker refuses for good, so no number
/// is ever passed over: then nothing more of that partition is published until the reason, logged as an
/// error, is removed.
///
/// The last row of each partition stays, because the next number follows from it, and what was published is
/// noted by inserting rather than updating: under an old snapshot dead rows cannot be removed, and both the
/// search for the next number and that for the last published one must not wade through them.
package final class OutboxRelay: Sendable {
  private let outbox: any EventLog
  private let url: String
  private let configuration: KafkaConfiguration
  private let logger: Logger

  /// How many records are under way at once, and their bytes unless a single one has more.
  private static let batch = (records: 500, bytes: 16 << 20)
  /// How often a relay that stands by looks whether the lock is free, and one that failed tries again.
  private static let retry = Duration.seconds(1)

  init(outbox: any EventLog, url: String, configuration: KafkaConfiguration, logger: Logger) {
    self.outbox = outbox
    self.url = url
    self.configuration = configuration
    self.logger = logger
  }

  /// Publishes until the task is cancelled. Errors are logged and tried again.
  package func run() async throws { try await run(afterAcknowledgement: {}) }

  /// - Parameter afterAcknowledgement: called between acknowledgement and deletion; what it throws ends the
  ///   relay there, as a crash would.
  func run(afterAcknowledgement: @Sendable () throws -> Void) async throws {
    let pool = PostgresPool(url: url, connections: 1, name: "aigentable-relay")
    defer { pool.shutdown() }
    while true {
      try Task.checkCancellation()
      do {
        if try await pool.withConnection({ try OutboxStatements.hold(on: $0) }) {
          try await publish(pool, afterAcknowledgement)
        }
      } catch let error as EventLogError {
        logger.error("publishing the outbox: \(error)")
      } catch let error as PostgresError {
        logger.error("publishing the outbox: \(error)")
      }
      try await Task.sleep(for: Self.retry)
    }
  }

  /// Publishes while the lock is held; returns when it is lost.
  private func publish(
    _ pool: PostgresPool, _ afterAcknowledgement: @Sendable () throws -> Void
  ) async throws {
    let producer = try KafkaProducer(.relay, configuration, logger: logger)
    defer { producer.close() }
    let cursors = try await pool.withConnection { try OutboxStatements.unpublished(on: $0) }
    let reader = try await outbox.reader(from: cursors, types: nil)
    do {
      while true {
        let batch = try await reader.next(limit: Self.batch.records)
        for messages in Self.portions(of: batch.records) {
          let deliveries = try await producer.produce(messages)
          try Task.checkCancellation()
          try afterAcknowledgement()
          let ranges = PublishedRange.ranges(of: messages, deliveries)
          let isHeld = try await pool.withTransaction { transaction in
            if !ranges.isEmpty { try OutboxStatements.settle(ranges, in: transaction) }
            return try OutboxStatements.hold(on: transaction.connection)
          }
          for delivery in deliveries { _ = try delivery.get() }
          if !isHeld { return await reader.close() }
        }
      }
    } catch {
      await reader.close()
      throw error
    }
  }

  /// Splits what was read where its bytes become too many. Pure.
  static func portions(of records: [Record], bytes bound: Int = batch.bytes) -> [[Outgoing]] {
    var portions: [[Outgoing]] = []
    var bytes = 0
    for record in records {
      let message = Outgoing(
        record.event, to: record.position.topicPartition, sequence: record.position.offset.rawValue)
      if portions.isEmpty || bytes + message.bytes > bound {
        portions.append([])
        bytes = 0
      }
      portions[portions.count - 1].append(message)
      bytes += message.bytes
    }
    return portions
  }
}
