import Contracts
import Knowledge
import Models
import Postgres

/// The passages that a candidate answers from, and whether there are documents at all: those of then, or what an index
/// finds, by the means that the running engine has: its model of vectors, the store of them, its re-ranker.
struct PassageSearch: Sendable {
  struct Found: Sendable {
    let passages: [Passage]
    let hasDocuments: Bool?
    /// What was done without: it did not answer, or the vectors are of a model that is not the one that is set.
    var missed: [FoundPassages.Missed] = []
  }

  let pool: ReadOnlyPool
  /// Of the same pool, so that it reads what is kept and keeps nothing.
  let finder: PassageFinder

  func passages(for candidate: Candidate, _ exchange: Exchange) async throws -> Found {
    let version: IndexVersion?
    switch candidate.index {
    case .recorded: return Found(passages: exchange.passages, hasDocuments: exchange.hasDocuments)
    case .current: version = try await pool.read { try IndexVersions.live(in: $0) }
    case .version(let number): version = try await pool.read { try Self.version(number, in: $0) }
    }
    // Before there is any index, there are no documents.
    guard let version else { return Found(passages: [], hasDocuments: false) }
    let definition = candidate.definition
    let question = KnowledgeIndex.Question(
      tenant: exchange.tenant, language: definition.language,
      text: exchange.query.isEmpty ? exchange.question : exchange.query, filter: definition.filter,
      limit: definition.passages)
    let found = try await finder.find(question, in: version)
    return Found(
      passages: found.matches.map { Passage(title: $0.source, text: $0.text, score: $0.score) },
      hasDocuments: found.hasDocuments,
      missed: finder.means.lackModel(of: version) ? found.missed + [.embedding] : found.missed)
  }

  private static func version(_ number: Int, in transaction: any RowSource) throws -> IndexVersion {
    guard let version = try IndexVersions.find(number, in: transaction) else {
      throw ReplayError(.unknown, "there is no version \(number) of the index")
    }
    return version
  }
}
