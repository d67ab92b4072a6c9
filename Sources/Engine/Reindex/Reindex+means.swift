import Knowledge
import Postgres

extension Reindex {
  /// Throws what is missing to search a version by all that it holds and to bring it up to date; nothing is changed.
  ///
  /// Searches would go on by words alone, and say nothing of it to whoever made the version live.
  func requireMeans(of version: IndexVersion) async throws {
    guard let name = version.model else { return }
    let held = "index \(version.number) holds vectors of \(name)"
    guard let embedder, embedder.model.name == name else {
      throw ConfigurationError(
        "\(held), and \(embedder?.model.name ?? "no model") is configured: "
          + (name == LocalEmbedder.model.name
            ? "set AIGENTABLE_EMBEDDER, and leave AIGENTABLE_EMBEDDING_URL out"
            : "set AIGENTABLE_EMBEDDING_URL and AIGENTABLE_EMBEDDING_MODEL"))
    }
    guard version.holdsVectors(of: embedder.model) else {
      throw ConfigurationError(
        "\(held) with \(version.dimensions ?? 0) numbers each, and \(embedder.model.dimensions) are configured: "
          + "set AIGENTABLE_EMBEDDING_DIMENSIONS")
    }
    try await requirePlace(of: version, embedder.model, held)
    do { _ = try await embedder.embed(["anything"], for: .passage) } catch {
      throw ConfigurationError("\(held), and \(error): see the settings that begin with AIGENTABLE_EMBEDDING")
    }
  }

  /// That the vectors are where they were put.
  private func requirePlace(of version: IndexVersion, _ model: EmbeddingModel, _ held: String) async throws {
    guard let space = version.space else {
      guard try await foundations.pool.withTransaction({ try version.hasPlaceForVectors(in: $0) }) else {
        throw ConfigurationError(
          "\(held) in postgres, and they went when the extension vector was removed: aigentable reindex makes them anew"
        )
      }
      return
    }
    guard let store, store.kind == space.store else {
      throw ConfigurationError(
        "\(held) in \(space.store), and \(store?.kind ?? "postgres") is configured: set AIGENTABLE_VECTOR_STORE"
      )
    }
    let holds: Bool
    do { holds = try await store.holds(space.id) } catch {
      throw ConfigurationError("\(held) in \(space.store), and \(error): see AIGENTABLE_VECTOR_STORE")
    }
    if holds { return }
    guard try await !foundations.pool.withTransaction({ try version.hasTexts(for: model, in: $0) }) else {
      throw ConfigurationError(
        "\(held) in \(space.store), and none are there: see that AIGENTABLE_VECTOR_STORE names the server that has them; "
          + "aigentable reindex makes them anew")
    }
  }
}
