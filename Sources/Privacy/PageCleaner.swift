import Postgres

/// Gets what was removed out of the pages of tables, too.
///
/// VACUUM makes the room of removed rows free, but their bytes stay in it until something else is written there.
/// So tables below a size are rewritten (VACUUM FULL), which locks readers out for as long as that takes; larger ones
/// are vacuumed, and lose the bytes as the room is used, or at the next rebuild.
package struct PageCleaner: Sendable {
  /// What is rewritten in about a second.
  package static let defaultLimit: Int64 = 256 << 20

  /// What holds rows about contacts beside the read models.
  static let stageTables = [
    "keyring.key", "keyring.inbound_key", "keyring.concern", "stage.waiting", "stage.turn", "stage.state",
    "stage.album", "stage.overheard", "stage.contact", "stage.participant", "stage.fetched", "stage.consent",
    "stage.ledger", "stage.cached_answer", "knowledge.asked", "knowledge.blob",
  ]

  /// What `clean` fails with where somebody holds a table for longer than it waits.
  package static let lockTimeout = "55P03"

  private let pool: PostgresPool
  private let rewritesBelow: Int64

  package init(pool: PostgresPool, rewritesBelow: Int64 = PageCleaner.defaultLimit) {
    self.pool = pool
    self.rewritesBelow = rewritesBelow
  }

  package func clean(_ tables: [String]) async throws {
    for table in tables {
      try await pool.withConnection { [rewritesBelow] connection in
        let rows = try connection.execute(
          "select pg_table_size(to_regclass($1)), quote_ident(split_part($1, '.', 1)) || '.' || "
            + "quote_ident(split_part($1, '.', 2))", [.text(table)])
        // A build may have been dropped meanwhile.
        guard let size = rows[0].optional(0, PostgresRow.int8) else { return }
        let name = rows[0].text(1)
        // Waiting for a lock, it would hold up everyone who comes after it.
        try connection.executeScript("set lock_timeout = '3s'")
        defer { try? connection.executeScript("reset lock_timeout") }
        try connection.executeScript(size < rewritesBelow ? "vacuum (full) \(name)" : "vacuum \(name)")
      }
    }
  }
}
