/// Brings the database's objects to what the `.sql` files say. Every file is idempotent, so running it again
/// changes nothing; one migration runs at a time.
package enum Migration {
  /// The areas under `schemas/`, in the order in which they depend on each other.
  package static let areas = [
    "keyring", "audit", "log", "kafka", "stage", "knowledge", "projection", "privacy",
  ]

  package static func run(_ home: Home, on connection: PostgresConnection) throws {
    try Transaction.run(on: connection) { transaction in
      try transaction.execute("select pg_advisory_xact_lock(hashtext('aigentable migration'))")
      for area in areas {
        for file in try home.sqlFiles(in: area) {
          do throws(PostgresError) { try transaction.connection.executeScript(file.sql) } catch {
            throw PostgresError(error.code, "schemas/\(area)/\(file.name): \(error.message)")
          }
        }
      }
    }
  }
}
