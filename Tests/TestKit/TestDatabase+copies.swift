import Foundation
import Postgres

extension TestDatabase {
  /// Copies of the database as it is now, as a backup restored to a new place would be, while `body` runs. This
  /// ends every session of the original.
  package func withCopies<R>(_ count: Int, _ body: ([TestDatabase]) async throws -> R) async throws -> R {
    guard var components = URLComponents(string: url) else { throw TestSetupError("\(url) is not a url") }
    let name = String(components.path.dropFirst())
    components.path = "/postgres"
    let admin = PostgresPool(url: components.string ?? url, connections: 1)
    defer { admin.shutdown() }
    try await admin.withConnection { admin in
      try admin.executeScript("alter database \(name) allow_connections false")
      try admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [.text(name)])
    }
    var copies: [TestDatabase] = []
    for number in 1...count {
      let copy = "\(name)_\(number)"
      try await admin.withConnection { try $0.executeScript("create database \(copy) template \(name)") }
      components.path = "/\(copy)"
      let url = components.string ?? url
      copies.append(TestDatabase(url: url, pool: PostgresPool(url: url, connections: 8)))
    }
    let result: Result<R, any Error>
    do { result = .success(try await body(copies)) } catch { result = .failure(error) }
    for (number, copy) in zip(1..., copies) {
      copy.pool.shutdown()
      try await admin.withConnection { try $0.executeScript("drop database \(name)_\(number) with (force)") }
    }
    return try result.get()
  }
}
