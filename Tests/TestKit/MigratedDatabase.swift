import Foundation
import Knowledge
import Postgres

/// The migrated database that those of the tests are copies of: a copy takes a fraction of the time that migrating takes.
enum MigratedDatabase {
  private static let made = Task.detached { try await make() }

  /// Made when it is first asked for; dropped when the process ends.
  static func name() async throws -> String { try await made.value }

  private static let name = TestDatabase.makeName()

  private static func make() async throws -> String {
    let admin = PostgresPool(url: try TestDatabase.server(), connections: 1)
    defer { admin.shutdown() }
    try await admin.withConnection { try $0.executeScript("create database \(name)") }
    atexit { MigratedDatabase.drop() }
    // Who copies it waits until this session has ended.
    let pool = PostgresPool(url: try TestDatabase.url(of: name), connections: 1)
    defer { pool.shutdown() }
    try await pool.withConnection { connection in
      try Migration.run(TestDatabase.home, on: connection)
      try Transaction.run(on: connection) {
        try IndexVersions.ensureFirst(TestDatabase.home, model: nil, in: $0)
      }
    }
    return name
  }

  /// Nobody is left who could do it for longer than this takes.
  private static func drop() {
    guard let server = try? TestDatabase.server(), let admin = try? PostgresConnection(url: server) else {
      return
    }
    try? admin.executeScript("drop database if exists \(name) with (force)")
  }
}
