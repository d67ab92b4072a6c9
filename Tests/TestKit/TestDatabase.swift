import EventLog
import Foundation
import Logging
import Postgres
import PostgresLog
import Synchronization

/// A database of its own for one test, on the server that `AIGENTABLE_TEST_DATABASE_URL` names.
package struct TestDatabase: Sendable {
  package let url: String
  package let pool: PostgresPool

  /// A fresh, migrated database while `body` runs; dropped afterwards.
  package static func with<R>(
    connections: Int = 8, migrated: Bool = true, _ body: (TestDatabase) async throws -> R
  ) async throws -> R {
    let server = try server()
    await Places.shared.enter()
    defer { Places.shared.leave() }
    let name = makeName()
    let admin = PostgresPool(url: server, connections: 1)
    defer { admin.shutdown() }
    let template = migrated ? " template \(try await MigratedDatabase.name())" : ""
    try await admin.withConnection { try $0.executeScript("create database \(name)\(template)") }
    let url = try url(of: name)
    let database = TestDatabase(
      url: url, pool: PostgresPool(url: url, connections: connections, prefersIndexes: true)
    )
    let result: Result<R, any Error>
    do { result = .success(try await body(database)) } catch { result = .failure(error) }
    database.pool.shutdown()
    try await admin.withConnection { try $0.executeScript("drop database \(name) with (force)") }
    return try result.get()
  }

  static func server() throws -> String {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError(
        "AIGENTABLE_TEST_DATABASE_URL names no Postgres server; ops/test starts one and sets it")
    }
    return server
  }

  /// That nobody else has.
  static func makeName() -> String {
    "test_\(UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: ""))"
  }

  static func url(of name: String) throws -> String {
    let server = try server()
    guard var components = URLComponents(string: server) else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL is not a url")
    }
    components.path = "/\(name)"
    return components.string ?? server
  }

  /// Connections to it on which nothing can be written.
  package var reading: ReadOnlyPool { ReadOnlyPool(url: url, connections: 2) }

  /// The checkout that these tests were built from.
  package static var home: Home {
    Home(
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent())
  }

  /// An embedded log on this database.
  package func makeLog(partitions: Int = 4) async throws -> PostgresLog {
    let layout = LogLayout(partitions: partitions)
    try await pool.withTransaction { try PostgresLog.createTopics(layout, in: $0) }
    return PostgresLog(pool: pool, layout: layout, logger: Logger(label: "test"))
  }
}

package struct TestSetupError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// How many tests may have a database at once: the server has a bounded number of connections.
private final class Places: Sendable {
  static let shared = Places()

  private struct State {
    var free = 6
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  func leave() {
    let next = state.withLock { state in
      if state.waiting.isEmpty {
        state.free += 1
        return nil as CheckedContinuation<Void, Never>?
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}
