import Synchronization

/// An embedder that remembers the questions of late, in memory alone: customers wrote them.
package final class RecentQuestions: Embedder {
  private let embedder: any Embedder
  private let recent = Mutex<[String: [Float]]>([:])
  private static let remembered = 2_000

  package init(_ embedder: any Embedder) { self.embedder = embedder }

  package var model: EmbeddingModel { embedder.model }

  package func embed(
    _ texts: [String], for purpose: EmbeddingPurpose
  ) async throws(EmbeddingError) -> [[Float]] {
    guard purpose == .question, texts.count == 1 else { return try await embedder.embed(texts, for: purpose) }
    if let known = recent.withLock({ $0[texts[0]] }) { return [known] }
    let vectors = try await embedder.embed(texts, for: purpose)
    recent.withLock { recent in
      if recent.count >= Self.remembered { recent.removeAll(keepingCapacity: true) }
      recent[texts[0]] = vectors.first
    }
    return vectors
  }
}
