import Foundation
import Postgres
import Synchronization

/// Sends that had begun and had no outcome at some moment of a fault, or shortly after it: of these alone nobody may
/// know what became of them.
final class InFlight: Sendable {
  private let pool: PostgresPool
  private let inputs = Mutex<Set<UUID>>([])

  init(_ pool: PostgresPool) { self.pool = pool }

  var seen: Set<UUID> { inputs.withLock { $0 } }

  func note() async throws {
    // The connection may be one that a fault has ended.
    do { try await ask() } catch { try await ask() }
  }

  private func ask() async throws {
    let now = try await pool.withConnection { connection in
      try connection.execute(
        "select input from stage.ledger where stage = 'deliver' and intent_at is not null and outcome is null"
      ).map { $0.uuid(0) }
    }
    inputs.withLock { $0.formUnion(now) }
  }

  /// Looks again and again while `body` runs, and for a second after it.
  func during(_ body: () async throws -> Void) async throws {
    let isOver = Done()
    async let looking: Void = {
      while !isOver.isSet {
        try? await note()
        try await Task.sleep(for: .milliseconds(40))
      }
    }()
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    try await Task.sleep(for: .seconds(1))
    isOver.set()
    try await looking
    try result.get()
  }
}
