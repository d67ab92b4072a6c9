import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import PostgresLog
import TestKit

@testable import KafkaLog

/// A Kafka log with its database and outbox for one test.
struct KafkaFixture: Sendable {
  let log: KafkaLog
  let outbox: PostgresLog
  let database: TestDatabase
  let configuration: KafkaConfiguration

  static var logger: Logger {
    var logger = Logger(label: "kafka-tests")
    logger.logLevel = .critical
    return logger
  }

  /// - Parameter isRelaying: whether the log's relay runs meanwhile.
  static func with<R: Sendable>(
    _ url: String, partitions: Int, isRelaying: Bool = true,
    _ body: @Sendable (KafkaFixture) async throws -> R
  ) async throws -> R {
    try await TestDatabase.with { database in
      try await with(url, on: database, partitions: partitions, isRelaying: isRelaying, body)
    }
  }

  static func with<R: Sendable>(
    _ url: String, on database: TestDatabase, partitions: Int, isRelaying: Bool = true,
    _ body: @Sendable (KafkaFixture) async throws -> R
  ) async throws -> R {
    let configuration = try KafkaConfiguration(url: url)
    let outbox = try await database.makeLog(partitions: partitions)
    let log = try await KafkaLog.open(
      configuration, layout: LogLayout(partitions: partitions), outbox: outbox, pool: database.pool,
      logger: logger)
    let fixture = KafkaFixture(log: log, outbox: outbox, database: database, configuration: configuration)
    let result = try await withThrowingTaskGroup { group in
      if isRelaying { group.addTask { try await log.relay.run() } }
      let result = try await body(fixture)
      group.cancelAll()
      while let result = await group.nextResult() {
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
      }
      return result
    }
    log.close()
    await outbox.close()
    return result
  }

  /// Appends by way of the outbox.
  func commit(_ events: [Event]) async throws {
    try await database.pool.withTransaction { [log] in try log.append(events, in: $0) }
  }

  func reopen() async throws -> KafkaLog {
    try await KafkaLog.open(
      configuration, layout: log.layout, outbox: outbox, pool: database.pool, logger: Self.logger)
  }

  /// A relay of its own, as another process would have.
  func makeRelay() -> OutboxRelay {
    OutboxRelay(
      outbox: outbox, pool: database.pool,
      target: KafkaTarget(configuration: configuration, logger: Self.logger), logger: Self.logger)
  }
}
