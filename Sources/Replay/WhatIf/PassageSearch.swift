import Contracts
import Knowledge
import Models
import Postgres

/// The passages that a candidate answers from: those of then, or what an index finds.
struct PassageSearch: Sendable {
  /// Of a `ReadOnlyPool`.
  let pool: PostgresPool
  /// Nil: by words alone.
  let embedder: (any Embedder)?

  func passages(for candidate: Candidate, _ exchange: Exchange) async throws -> [Passage] {
    let number: Int?
    switch candidate.index {
    case .recorded: return exchange.passages
    case .current: number = nil
    case .version(let wanted): number = wanted
    }
    let definition = candidate.definition
    let text = exchange.query.isEmpty ? exchange.question : exchange.query
    let version = try await read { try Self.version(number, in: $0) }
    guard let version else { return [] }
    let vector = await vector(of: text, in: definition.language, for: version)
    let question = KnowledgeIndex.Question(
      tenant: exchange.tenant, language: definition.language, text: text, vector: vector,
      filter: .init(bases: definition.knowledgeBases, tags: definition.tags), limit: definition.passages)
    return try await read { transaction in
      try KnowledgeIndex.search([question], version: version, in: transaction)[0].map {
        Passage(title: $0.source, text: $0.text, score: $0.score)
      }
    }
  }

  private static func version(_ number: Int?, in transaction: Transaction) throws -> IndexVersion? {
    guard let number else { return try IndexVersions.live(in: transaction) }
    guard let version = try IndexVersions.find(number, in: transaction) else {
      throw ReplayError(.unknown, "there is no version \(number) of the index")
    }
    return version
  }

  /// As `retrieve` does: where none can be had, words alone are searched for.
  private func vector(of text: String, in language: String, for version: IndexVersion) async -> [Float]? {
    guard let embedder, version.model == embedder.model.name, embedder.model.knows(language) else {
      return nil
    }
    return try? await embedder.embed([String(text.prefix(KnowledgeIndex.longestQuestion))], for: .question)
      .first
  }

  private func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
    try await pool.withTransaction(body)
  }
}
