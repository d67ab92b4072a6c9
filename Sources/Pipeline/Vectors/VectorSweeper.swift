import EventLog
import Knowledge
import Logging
import Postgres

/// Removes vectors whose chunks are gone from the store that is not Postgres, soon after they went, or as soon as the
/// store answers again. Any number may run: removing twice changes nothing.
package struct VectorSweeper: Sendable {
  private let store: any VectorStore
  private let pool: PostgresPool
  private let logger: Logger
  /// A store that was away tells nobody that it is back.
  private static let again = Duration.seconds(20)

  package init(store: any VectorStore, pool: PostgresPool, logger: Logger) {
    self.store = store
    self.pool = pool
    self.logger = logger
  }

  /// Returns once its task is cancelled.
  package func run() async throws {
    let signal = ChannelSignal(url: pool.url, channel: StaleVectors.channel)
    defer { signal.stop() }
    while !Task.isCancelled {
      do { try await StaleVectors.remove(from: store, pool: pool) } catch {
        if Task.isCancelled { return }
        logger.warning(
          "vectors of texts that are gone cannot be removed now", metadata: ["why": "\(error)"])
      }
      await signal.wait(atMost: Self.again)
    }
  }
}
