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
  static func with(
    _ url: String, partitions: Int, isRelaying: Bool = true,
    _ body: @Sendable (KafkaFixture) async throws -> Void
  ) async throws {
    let configuration = try KafkaConfiguration(url: url)
    try await TestDatabase.with { database in
      try await database.pool.withConnection { connection in
        for file in try TestDatabase.home.sqlFiles(in: "kafka") { try connection.executeScript(file.sql) }
      }
      let outbox = try await database.makeLog(partitions: partitions)
      let log = try await KafkaLog.open(
        configuration, layout: LogLayout(partitions: partitions), outbox: outbox, pool: database.pool,
        logger: logger)
      let fixture = KafkaFixture(log: log, outbox: outbox, database: database, configuration: configuration)
      try await withThrowingTaskGroup { group in
        if isRelaying { group.addTask { try await log.relay.run() } }
        do { try await body(fixture) } catch {
          group.cancelAll()
          throw error
        }
        group.cancelAll()
        while let result = await group.nextResult() {
          if case .failure(let error) = result, !(error is CancellationError) { throw error }
        }
      }
      log.close()
      await outbox.close()
    }
  }

  func reopen() async throws -> KafkaLog {
    try await KafkaLog.open(
      configuration, layout: log.layout, outbox: outbox, pool: database.pool, logger: Self.logger)
  }

  /// A relay of its own, as another process would have.
  func makeRelay() -> OutboxRelay {
    OutboxRelay(
      outbox: outbox, url: database.url, configuration: configuration, logger: Self.logger)
  }
}
