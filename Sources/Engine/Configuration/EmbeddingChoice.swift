import HTTPClient
import Knowledge
import Logging
import Postgres

/// What turns texts into vectors.
enum EmbeddingChoice: Sendable {
  /// An OpenAI-compatible server.
  case server(url: String, key: String?, model: EmbeddingModel, prefixes: [EmbeddingPurpose: String])
  /// The model that comes along, run beside the engine by this Python (ops/embedder).
  case local(python: String)

  var model: EmbeddingModel {
    switch self {
    case .server(_, _, let model, _): model
    case .local: LocalEmbedder.model
    }
  }

  /// Runs `body` with the means to embed; a local server runs as long.
  func with<R>(
    home: Home, client: HTTPClient, logger: Logger, _ body: (any Embedder) async throws -> R
  ) async throws -> R {
    switch self {
    case .server(let url, let key, let model, let prefixes):
      return try await body(
        OpenAIEmbedder(url: url, key: key, model: model, prefixes: prefixes, client: client))
    case .local(let python):
      let local = LocalEmbedder(python: python, home: home, client: client, logger: logger)
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await local.run() }
        defer { group.cancelAll() }
        return try await body(local)
      }
    }
  }
}
