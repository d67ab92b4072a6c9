import Pipeline
import Postgres
import TestKit

/// Stages in what is to the database a process of its own.
struct StageProcess {
  private let owner: StageOwner
  private let pool: PostgresPool
  private let task: Task<Void, any Error>

  /// - Parameter stage: makes what runs from the connections that are its own.
  init(
    on database: TestDatabase,
    _ stage: (PostgresPool, StageOwner) -> @Sendable () async throws -> Void
  ) {
    pool = PostgresPool(url: database.url, connections: 4)
    owner = StageOwner(url: database.url)
    let run = stage(pool, owner)
    task = Task { try await run() }
  }

  /// Ends without a word: what it was doing is neither waited for nor recorded.
  func die() async {
    owner.close()
    pool.shutdown()
    task.cancel()
    _ = await task.result
  }
}
