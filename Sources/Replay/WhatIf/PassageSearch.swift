import Contracts
import Knowledge
import Models
import Postgres

/// The passages that a candidate answers from, and whether there are documents at all: those of then, or what an index
/// finds.
struct PassageSearch: Sendable {
  let pool: ReadOnlyPool
  /// Of the same pool, so that it reads what is kept and keeps nothing; nil: by words alone.
  let questions: QuestionVectors?

  func passages(
    for candidate: Candidate, _ exchange: Exchange
  ) async throws -> (passages: [Passage], hasDocuments: Bool?) {
    let number: Int?
    switch candidate.index {
    case .recorded: return (exchange.passages, exchange.hasDocuments)
    case .current: number = nil
    case .version(let wanted): number = wanted
    }
    let definition = candidate.definition
    let text = exchange.query.isEmpty ? exchange.question : exchange.query
    let version = try await pool.read { try Self.version(number, in: $0) }
    guard let version else { return ([], false) }
    var question = KnowledgeIndex.Question(
      tenant: exchange.tenant, language: definition.language, text: text,
      filter: definition.filter, limit: definition.passages)
    question.meaning = await vector(of: question, for: version).map { .vector($0) }
    return try await pool.read { [question] transaction in
      let passages = try KnowledgeIndex.search([question], version: version, in: transaction)[0].map {
        Passage(title: $0.source, text: $0.text, score: $0.score)
      }
      let known = try KnowledgeIndex.withDocuments([question.tenant], version: version, in: transaction)
      return (passages, !known.isEmpty)
    }
  }

  private static func version(_ number: Int?, in transaction: any RowSource) throws -> IndexVersion? {
    guard let number else { return try IndexVersions.live(in: transaction) }
    guard let version = try IndexVersions.find(number, in: transaction) else {
      throw ReplayError(.unknown, "there is no version \(number) of the index")
    }
    return version
  }

  /// As `retrieve` does: where none can be had, words alone are searched for.
  private func vector(of question: KnowledgeIndex.Question, for version: IndexVersion) async -> [Float]? {
    guard let questions, version.model == questions.model.name, questions.model.knows(question.language)
    else {
      return nil
    }
    return try? await questions.vector(
      of: String(question.text.prefix(KnowledgeIndex.longestQuestion)), for: question)
  }
}
