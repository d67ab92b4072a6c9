import Contracts
import Foundation
import JSON
import Postgres

/// Search over the chunks of tenants' documents, by their words and by their meaning (`schemas/index`).
package enum KnowledgeIndex {
  /// Which of a tenant's documents are searched; nil: all.
  package struct Filter: Codable, Sendable, Equatable {
    /// Knowledge bases, by name.
    package var bases: [String]?
    /// Any of these.
    package var tags: [String]?
    package var documents: [DocumentID]?

    package init(bases: [String]? = nil, tags: [String]? = nil, documents: [DocumentID]? = nil) {
      self.bases = bases
      self.tags = tags
      self.documents = documents
    }
  }

  /// Which of these tenants have any document in a version of the index.
  package static func withDocuments(
    _ tenants: Set<TenantID>, version: IndexVersion, in transaction: any RowSource
  ) throws -> Set<TenantID> {
    guard !tenants.isEmpty else { return [] }
    let rows = try transaction.execute(
      "select tenant from \(version.schema).corpus where tenant = any ($1) and chunks > 0",
      [.uuids(tenants.map(\.uuid))])
    return Set(rows.map { TenantID($0.uuid(0)) })
  }

  /// What chunks are compared with by their meaning.
  package enum Meaning: Sendable {
    /// A vector of the version's model.
    case vector([Float])
    /// What the store of the version's vectors, which is not Postgres, says is near to that.
    case near([NearChunk])
  }

  package struct Question: Sendable {
    package let tenant: TenantID
    /// A text-search configuration of Postgres: that of the agent. Documents in others are searched in theirs, too.
    package let language: String
    package let text: String
    /// Nil: it is searched for by its words alone.
    package var meaning: Meaning?
    package let filter: Filter
    package var limit: Int
    /// Seals what is kept of the question; nil: nothing is.
    package let asker: SealingKey?

    package init(
      tenant: TenantID, language: String, text: String, vector: [Float]? = nil, filter: Filter = Filter(),
      limit: Int, asker: SealingKey? = nil
    ) {
      self.tenant = tenant
      self.language = language
      self.text = text
      meaning = vector.map { .vector($0) }
      self.filter = filter
      self.limit = limit
      self.asker = asker
    }
  }

  package struct Match: Codable, Sendable, Equatable {
    package let chunk: ChunkID
    package let document: DocumentID
    package let title: String
    /// `p. 3` for instance, or empty.
    package let place: String
    package let text: String
    /// Comparable within one search only.
    package let score: Double

    /// What a citation says: `Returns policy, p. 3`.
    package var source: String { place.isEmpty ? title : "\(title), \(place)" }
  }

  /// Characters of a question that are searched for: the time of a search grows with its words.
  package static let longestQuestion = 1_000
  /// What has no word of the question must be this near to it, as a cosine: unrelated texts are at 0.1 to 0.2.
  package static let leastSimilarity = 0.3

  /// The matches of each question, best first. All questions go in one statement.
  package static func search(
    _ questions: [Question], version: IndexVersion, in transaction: any RowSource
  ) throws -> [[Match]] {
    guard !questions.isEmpty else { return [] }
    let rows = try transaction.execute(
      """
      select ordinal, chunk, document, title, place, content, score
      from \(version.schema).search($1, $2, $3, $4, $5, $6, $7)
      """,
      [
        .uuids(questions.map(\.tenant.uuid)), .texts(questions.map(\.language)),
        .texts(questions.map { String($0.text.prefix(longestQuestion)) }),
        .texts(try questions.map { try meaning(of: $0, version) }),
        .texts(try questions.map { String(decoding: try JSON.encode($0.filter), as: UTF8.self) }),
        .int4s(questions.map { Int32($0.limit) }), .double(leastSimilarity),
      ])
    var matches = [[Match]](repeating: [], count: questions.count)
    for row in rows {
      matches[Int(row.int8(0)) - 1].append(
        Match(
          chunk: ChunkID(row.uuid(1)), document: DocumentID(row.uuid(2)), title: row.text(3),
          place: row.text(4), text: row.text(5), score: row.double(6)))
    }
    return matches
  }

  /// As the version's `by_vector` reads it; nil for what it could not compare with.
  private static func meaning(of question: Question, _ version: IndexVersion) throws -> String? {
    switch question.meaning {
    case .vector(let vector) where version.space == nil && vector.count == version.dimensions:
      VectorBytes.text(vector)
    case .near(let chunks) where version.space != nil:
      String(decoding: try JSON.encode(chunks), as: UTF8.self)
    default: nil
    }
  }

  /// Whether a document may be handed in with this: a text-search configuration, or that it be told from the text.
  package static func takesLanguage(_ name: String, in transaction: Transaction) throws -> Bool {
    try name == DocumentLanguage.told || hasLanguage(name, in: transaction)
  }

  package static func hasLanguage(_ name: String, in transaction: Transaction) throws -> Bool {
    try transaction.execute("select knowledge.has_language($1)", [.text(name)])[0].bool(0)
  }
}

extension AgentDefinition {
  /// The documents that the agent answers from.
  package var filter: KnowledgeIndex.Filter {
    KnowledgeIndex.Filter(bases: knowledgeBases, tags: tags, documents: documents)
  }
}
