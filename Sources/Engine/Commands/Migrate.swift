import ArgumentParser
import Keyring
import Knowledge
import Postgres

struct Migrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Bring the database's objects up to date.")

  func run() async throws {
    let configuration = try Configuration()
    let home = try Home.located()
    let pool = PostgresPool(url: try configuration.databaseURL, connections: 1)
    defer { pool.shutdown() }
    let keyring = Keyring(master: try configuration.loadMasterKey())
    let model = try configuration.embedding?.model
    let store = try configuration.vectorStore.kind
    try await pool.withConnection { connection in
      try Migration.run(home, on: connection)
      try keyring.checkMaster(on: connection)
      try Transaction.run(on: connection) {
        try IndexVersions.ensureFirst(home, model: model, store: store, in: $0)
      }
    }
    print("the database is up to date")
  }
}
