import Foundation
import Postgres

/// This process as an owner of partitions. A connection of its own holds an advisory lock, so that other
/// processes see at once when it dies; a process that only stalls loses its leases when they run out.
package final class StageOwner: Sendable {
  package let id: UUID
  private let session: Int64
  private let pool: PostgresPool

  package init(url: String) {
    id = UUID.version4()
    session = Int64.random(in: .min ... .max)
    pool = PostgresPool(url: url, connections: 1, name: "aigentable-owner")
  }

  /// Takes the lock again where the connection was made anew, and says that this process lives.
  package func heartbeat() async throws {
    try await pool.withConnection { [id, session] connection in
      try connection.execute("select pg_try_advisory_lock($1)", [.int8(session)])
      try connection.execute(
        """
        insert into stage.owner (id, session, seen_at) values ($1, $2, clock_timestamp())
        on conflict (id) do update set seen_at = excluded.seen_at
        """, [.uuid(id), .int8(session)])
      try connection.execute(
        "delete from stage.owner where seen_at < clock_timestamp() - interval '1 day'")
    }
  }

  package func close() { pool.shutdown() }
}

extension UUID {
  fileprivate static func version4() -> UUID { UUID() }
}
