import ArgumentParser
import Keyring
import Postgres

struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Bring the database's objects up to date.")

  func run() async throws {
    let configuration = try Configuration()
    let home = try Home.located()
    let pool = PostgresPool(url: try configuration.databaseURL, connections: 1)
    defer { pool.shutdown() }
    let keyring = Keyring(master: try configuration.loadMasterKey())
    try await pool.withConnection { connection in
      try Migration.run(home, on: connection)
      try keyring.checkMaster(on: connection)
    }
    print("the database is up to date")
  }
}
