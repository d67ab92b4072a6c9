import Keyring
import Knowledge
import Logging
import Postgres

/// What passages are found by, besides their words.
struct Retrieval: Sendable {
  var embedder: (any Embedder)?
  /// Where vectors lie that do not lie in Postgres.
  var store: (any VectorStore)?
  var reranker: (any Reranker)?

  func finder(
    pool: PostgresPool, keyring: Keyring, metrics: EngineMetrics, logger: Logger
  ) -> PassageFinder {
    PassageFinder(pool: pool, embedder: embedder, store: store, reranker: reranker, keyring: keyring) {
      part, why in
      metrics.missed(part.rawValue)
      logger.warning(
        "a search went on without a part", metadata: ["part": "\(part.rawValue)", "why": "\(why)"])
    }
  }
}
