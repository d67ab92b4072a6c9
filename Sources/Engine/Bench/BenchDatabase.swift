import Contracts
import EventLog
import Foundation
import Keyring
import Knowledge
import Logging
import Pipeline
import Postgres
import PostgresLog

/// A database for one benchmark, made beside the configured one on its server and dropped afterwards.
struct BenchDatabase: Sendable {
  let url: String
  let pool: PostgresPool

  static func with<R>(
    connections: Int, _ body: (BenchDatabase) async throws -> R
  ) async throws -> R {
    let server = try Configuration().databaseURL
    let name = "aigentable_bench_\(ProcessInfo.processInfo.processIdentifier)"
    let admin = PostgresPool(url: server, connections: 1)
    defer { admin.shutdown() }
    let home = try Home.located()
    try await admin.withConnection { try $0.executeScript("create database \(name)") }
    guard var components = URLComponents(string: server) else {
      throw ConfigurationError("AIGENTABLE_DATABASE_URL is not a url")
    }
    components.path = "/\(name)"
    let url = components.string ?? server
    let database = BenchDatabase(
      url: url, pool: PostgresPool(url: url, connections: connections, prefersIndexes: true)
    )
    let result: Result<R, any Error>
    do {
      try await database.pool.withConnection { connection in
        try Migration.run(home, on: connection)
        try Transaction.run(on: connection) { try IndexVersions.ensureFirst(home, model: nil, in: $0) }
      }
      result = .success(try await body(database))
    } catch { result = .failure(error) }
    database.pool.shutdown()
    try await admin.withConnection { try $0.executeScript("drop database \(name) with (force)") }
    return try result.get()
  }

  func makeLog(partitions: Int = 8) async throws -> PostgresLog {
    let layout = LogLayout(partitions: partitions)
    try await pool.withTransaction { try PostgresLog.createTopics(layout, in: $0) }
    return PostgresLog(pool: pool, layout: layout, logger: Logger(label: "bench"))
  }
}
