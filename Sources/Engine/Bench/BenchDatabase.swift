import Contracts
import EventLog
import Foundation
import Keyring
import Knowledge
import Logging
import Pipeline
import Postgres
import PostgresLog
import Synchronization

/// A database for one benchmark, made beside the configured one on its server and dropped afterwards.
struct BenchDatabase: Sendable {
  let url: String
  let pool: PostgresPool
  /// How many this process made.
  private static let count = Atomic(0)

  /// - Parameter server: the url of some database of the server, by default the configured one.
  static func with<R>(
    connections: Int, server: String? = nil, _ body: (BenchDatabase) async throws -> R
  ) async throws -> R {
    let server = try server ?? Configuration().databaseURL
    let number = count.wrappingAdd(1, ordering: .relaxed).oldValue
    let name =
      "aigentable_bench_\(ProcessInfo.processInfo.processIdentifier)\(number == 0 ? "" : "_beside_\(number)")"
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
    // The connection may be one that a fault has ended.
    let drop: @Sendable (PostgresConnection) throws -> Void = {
      try $0.executeScript("drop database if exists \(name) with (force)")
    }
    let dropped: Result<Void, any Error>
    do {
      dropped = .success(try await Patience.whileItFails { try await admin.withConnection(drop) })
    } catch { dropped = .failure(error) }
    // What went wrong first is what is told.
    let value = try result.get()
    try dropped.get()
    return value
  }

  /// This database, whose own connection must not be used meanwhile, and copies of it, dropped afterwards.
  func withCopies<R>(_ count: Int, _ body: ([String]) async throws -> R) async throws -> R {
    guard count > 1, let name = URLComponents(string: url)?.path.dropFirst() else {
      return try await body([url])
    }
    let server = PostgresPool(url: try Configuration().databaseURL, connections: 1)
    defer { server.shutdown() }
    // A database that is in use cannot be copied.
    pool.shutdown()
    let copies = (1..<count).map { "\(name)_\($0)" }
    let result: Result<R, any Error>
    do {
      try await server.withConnection { connection in
        try connection.execute(
          "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1",
          [.text(String(name))])
        for copy in copies { try connection.executeScript("create database \(copy) template \(name)") }
      }
      let urls = copies.compactMap { copy in
        var components = URLComponents(string: url)
        components?.path = "/\(copy)"
        return components?.string
      }
      result = .success(try await body([url] + urls))
    } catch { result = .failure(error) }
    try await server.withConnection { connection in
      for copy in copies { try connection.executeScript("drop database if exists \(copy) with (force)") }
    }
    return try result.get()
  }

  func makeLog(partitions: Int = 8) async throws -> PostgresLog {
    let layout = LogLayout(partitions: partitions)
    try await pool.withTransaction { try PostgresLog.createTopics(layout, in: $0) }
    return PostgresLog(pool: pool, layout: layout, logger: Logger(label: "bench"))
  }
}
