import Contracts
import EventLog
import Logging
import Postgres
import PostgresLog

/// Publishes the outbox in order, each record with its number in the outbox, and an epoch before it that tells the
/// numbers of a restored database from those that it gave out before.
///
/// The relay reads the outbox as any reader does, so a commit in this process wakes it at once, and one in
/// another process through NOTIFY. One relay of the installation holds a session's advisory lock and works;
/// the others look once a second whether it is free. The lock saves work: were two at it, or one killed between
/// acknowledgement and deletion, readers drop what is not above the last number they saw. And as long as its
/// session lasts, no other database has taken this one's place; so with each session the epoch is worked out anew.
///
/// Its producer never gives a message up and stops at the first that a broker refuses for good, so no number
/// is ever passed over: then nothing more of that partition is published until the reason, logged as an
/// error, is removed.
///
/// The last row of each partition stays, because the next number follows from it, and what was published is
/// noted by inserting rather than updating: under an old snapshot dead rows cannot be removed, and both the
/// search for the next number and that for the last published one must not wade through them.
package final class OutboxRelay: Sendable {
  private let outbox: PostgresLog
  private let pool: PostgresPool
  private let target: any OutboxTarget
  private let logger: Logger

  /// How many records are under way at once, and their bytes unless a single one has more.
  package struct Limit: Sendable {
    package let records: Int
    package let bytes: Int

    package init(records: Int, bytes: Int) {
      self.records = records
      self.bytes = bytes
    }

    package static let shipped = Limit(records: 500, bytes: 16 << 20)
  }

  private let limit: Limit
  /// How often a relay that stands by looks whether the lock is free, one that works whether it still has it, and
  /// one that failed tries again.
  private static let retry = Duration.seconds(1)

  package init(
    outbox: PostgresLog, pool: PostgresPool, target: any OutboxTarget, limit: Limit = .shipped, logger: Logger
  ) {
    self.outbox = outbox
    self.pool = pool
    self.target = target
    self.limit = limit
    self.logger = logger
  }

  /// What waits now, whichever process relays it.
  package func backlog() async throws -> OutboxBacklog {
    try await pool.withConnection { try OutboxBacklog.read(on: $0) }
  }

  /// Publishes until the task is cancelled. Errors are logged and tried again.
  package func run() async throws { try await run(afterAcknowledgement: {}) }

  /// - Parameter afterAcknowledgement: called between acknowledgement and deletion; what it throws ends the
  ///   relay there, as a crash would.
  func run(afterAcknowledgement: @escaping @Sendable () throws -> Void) async throws {
    let pool = PostgresPool(url: pool.url, connections: 1, name: "aigentable-relay")
    defer { pool.shutdown() }
    while true {
      try Task.checkCancellation()
      do {
        if try await pool.withConnection({ try OutboxStatements.hold(on: $0) }) {
          try await publishWhileHeld(pool, afterAcknowledgement)
        }
      } catch let error as EventLogError {
        logger.error("publishing the outbox: \(error)")
      } catch let error as PostgresError {
        logger.error("publishing the outbox: \(error)")
      }
      try await Surroundings.sleep(for: Self.retry)
    }
  }

  /// Returns when the lock is lost, which is noticed too while there is nothing to publish.
  private func publishWhileHeld(
    _ pool: PostgresPool, _ afterAcknowledgement: @escaping @Sendable () throws -> Void
  ) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask { try await self.publish(pool, afterAcknowledgement) }
      group.addTask {
        while try await pool.withConnection({ try OutboxStatements.holds(on: $0) }) {
          try await Surroundings.sleep(for: Self.retry)
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  private func publish(
    _ pool: PostgresPool, _ afterAcknowledgement: @Sendable () throws -> Void
  ) async throws {
    guard let (epoch, cursors) = try await enter(pool) else { return }
    let producer = try await target.publisher()
    defer { producer.close() }
    outbox.forgetTail()
    let reader = try await outbox.reader(from: cursors, types: nil)
    do {
      while true {
        let most = Surroundings.isPlanted("relay-unbounded") ? .max : limit.records
        let batch = try await reader.next(limit: most)
        for messages in try Self.portions(of: batch.records, epoch: epoch, bytes: limit.bytes) {
          let deliveries = try await producer.produce(messages)
          try Task.checkCancellation()
          try afterAcknowledgement()
          let ranges = PublishedRange.ranges(of: messages, deliveries)
          let isHeld = try await pool.withTransaction { transaction in
            guard try OutboxStatements.holds(on: transaction.connection) else { return false }
            if !ranges.isEmpty { try OutboxStatements.settle(ranges, in: transaction) }
            return true
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

  /// The epoch to publish in and where to begin; nil when the lock was lost meanwhile.
  private func enter(_ pool: PostgresPool) async throws -> (epoch: Int64, cursors: [Cursor])? {
    let partitions = Topic.allCases.flatMap { outbox.layout.partitions($0) }
    let tail = try await target.tail(of: partitions)
    return try await pool.withTransaction { [logger] transaction in
      guard try OutboxStatements.holds(on: transaction.connection) else { return nil }
      let (epoch, isNew) = try OutboxStatements.enter(tail, in: transaction)
      if isNew {
        logger.warning(
          "the topics hold what this database did not give them: it was restored; the outbox begins epoch \(epoch)"
        )
      }
      return (epoch, try OutboxStatements.unpublished(on: transaction.connection))
    }
  }

  /// Splits what was read where its bytes become too many. Pure.
  static func portions(
    of records: [Record], epoch: Int64, bytes bound: Int = Limit.shipped.bytes
  ) throws(EventLogError) -> [[Outgoing]] {
    var portions: [[Outgoing]] = []
    var bytes = 0
    for record in records {
      let partition = record.position.topicPartition
      guard let sequence = OutboxSequence(epoch: epoch, number: record.position.offset.rawValue) else {
        throw EventLogError(
          .misconfigured, "\(record.position) in epoch \(epoch) is beyond the numbers of an outbox")
      }
      let message = Outgoing(record.event, to: partition, sequence: sequence)
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
