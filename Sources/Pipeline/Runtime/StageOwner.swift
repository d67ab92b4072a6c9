import EventLog
import Foundation
import Postgres
import Synchronization

/// This process as an owner of partitions. A connection of its own holds an advisory lock, so that other
/// processes see at once when it dies; a process that only stalls loses its leases when they run out.
package final class StageOwner: Sendable {
  package let id: UUID
  private let session: Int64
  private let pool: PostgresPool
  /// When it was last said that this process lives; nil where that may not have been heard.
  private let said = Mutex<ContinuousClock.Instant?>(nil)
  /// Every stage asks once a second; what one of them has said holds for all.
  private static let pause = Leases.look / 2

  package init(
    url: String, id: UUID = UUID(), session: Int64 = Int64.random(in: .min ... .max)
  ) {
    self.id = id
    self.session = session
    pool = PostgresPool(url: url, connections: 1, name: "aigentable-owner")
  }

  /// Takes the lock again where the connection was made anew, and says that this process lives.
  package func heartbeat() async throws {
    let now = Surroundings.now
    let isDue = said.withLock { said in
      guard let last = said else { return true }
      guard now - last >= Self.pause else { return false }
      said = now
      return true
    }
    guard isDue else { return }
    do {
      try await pool.withConnection { [id, session] connection in
        _ = try connection.execute("select stage.heartbeat($1, $2)", [.uuid(id), .int8(session)])
      }
    } catch {
      said.withLock { $0 = nil }
      throw error
    }
    said.withLock { $0 = now }
  }

  package func close() { pool.shutdown() }
}
