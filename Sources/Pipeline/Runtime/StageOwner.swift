import Foundation
import Postgres

/// This process as an owner of partitions. A connection of its own holds an advisory lock, so that other
/// processes see at once when it dies; a process that only stalls loses its leases when they run out.
package final class StageOwner: Sendable {
  package let id: UUID
  private let session: Int64
  private let pool: PostgresPool

  package init(
    url: String, id: UUID = UUID(), session: Int64 = Int64.random(in: .min ... .max)
  ) {
    self.id = id
    self.session = session
    pool = PostgresPool(url: url, connections: 1, name: "aigentable-owner")
  }

  /// Takes the lock again where the connection was made anew, and says that this process lives.
  package func heartbeat() async throws {
    try await pool.withConnection { [id, session] connection in
      _ = try connection.execute("select stage.heartbeat($1, $2)", [.uuid(id), .int8(session)])
    }
  }

  package func close() { pool.shutdown() }
}
