import Contracts
import Keyring
import Postgres

/// What a search has besides words.
package struct SearchMeans: Sendable {
  package var embedding: EmbeddingModel?
  package var reranks = false

  package init(embedding: EmbeddingModel? = nil, reranks: Bool = false) {
    self.embedding = embedding
    self.reranks = reranks
  }

  /// Whether a search asks anybody but Postgres.
  package func askOthers(in version: IndexVersion, language: String) -> Bool {
    reranks || embeds(in: version, language: language)
  }

  /// Whether the version has vectors that nothing here can compare with: it is searched by its words alone.
  package func lackModel(of version: IndexVersion) -> Bool {
    version.model != nil && !holdsVectors(version)
  }

  /// Texts in a language that the model does not know are better found by their words alone.
  func embeds(in version: IndexVersion, language: String) -> Bool {
    holdsVectors(version) && embedding?.knows(language) == true
  }

  private func holdsVectors(_ version: IndexVersion) -> Bool {
    embedding.map(version.holdsVectors) ?? false
  }
}

/// What was found for a question, and by what.
package struct FoundPassages: Codable, Sendable, Equatable {
  /// Best first.
  package var matches: [KnowledgeIndex.Match] = []
  /// The index that was searched; nil before there is any.
  package var index: Int?
  /// The next offset of `documents` that it had folded.
  package var folded: Int64 = 0
  /// Whether the tenant has any document in that index; nil: not known.
  package var hasDocuments: Bool?
  /// Where vectors were compared, `postgres` or the kind of a store; nil: words alone.
  package var vectors: String?
  /// The model that the order is from; nil: as they were found.
  package var reranker: String?
  /// What is configured and did not answer in time, so that the search went on without it.
  package var missed: [Missed] = []
  package var milliseconds = 0.0

  package enum Missed: String, Codable, Sendable {
    case embedding
    case vectorStore = "vector-store"
    case reranker
  }

  package init() {}
}

/// Finds passages by all means that there are: the question is embedded, the store of vectors asked, the index
/// searched, and what it finds put into a better order. Where one of them fails, the search goes on without it and
/// says so.
package struct PassageFinder: Sendable {
  private let pool: any RowPool
  private let questions: QuestionVectors?
  private let store: (any VectorSearch)?
  private let reranker: (any Reranker)?
  private let onMissed: @Sendable (FoundPassages.Missed, _ why: String) -> Void

  /// How many of the first passages are put into a better order.
  package static let reranked = 30
  /// Characters of a passage that are read for that: a chunk is shorter, but for one of code or a foreign script.
  private static let longestPassage = 4_000
  /// What a store is asked for, as much as Postgres looks at.
  private static let near = 100

  /// - Parameter keyring: nil keeps vectors of questions in memory alone.
  package init(
    pool: PostgresPool, embedder: (any Embedder)? = nil, store: (any VectorSearch)? = nil,
    reranker: (any Reranker)? = nil, keyring: Keyring? = nil,
    onMissed: @escaping @Sendable (FoundPassages.Missed, _ why: String) -> Void = { _, _ in }
  ) {
    self.pool = pool
    questions = embedder.map { QuestionVectors($0, pool: pool, keyring: keyring) }
    self.store = store
    self.reranker = reranker
    self.onMissed = onMissed
  }

  /// Finds what the other does, and has no means to write: a question's vector is read where it is kept, and kept nowhere.
  package init(
    reading pool: ReadOnlyPool, embedder: (any Embedder)?, store: (any VectorSearch)?,
    reranker: (any Reranker)?, keyring: Keyring
  ) {
    self.pool = pool
    questions = embedder.map { QuestionVectors($0, reading: pool, keyring: keyring) }
    self.store = store
    self.reranker = reranker
    onMissed = { _, _ in }
  }

  package var means: SearchMeans { SearchMeans(embedding: questions?.model, reranks: reranker != nil) }

  /// In the version that is live, or in the one that is given.
  package func find(
    _ question: KnowledgeIndex.Question, in given: IndexVersion? = nil
  ) async throws -> FoundPassages {
    let clock = ContinuousClock()
    let start = clock.now
    while true {
      let chosen = try await pool.readInTransaction { try given ?? IndexVersions.live(in: $0) }
      guard let version = chosen else { return FoundPassages() }
      var found = FoundPassages()
      found.index = version.number
      var asked = question
      asked.meaning = try await meaning(of: question, version, &found)
      if reranker != nil { asked.limit = max(question.limit, Self.reranked) }
      let searched = try await pool.readInTransaction {
        [asked] transaction -> (matches: [KnowledgeIndex.Match], folded: Int64, hasDocuments: Bool)? in
        guard try given ?? IndexVersions.live(in: transaction) == version else { return nil }
        let matches = try KnowledgeIndex.search([asked], version: version, in: transaction)[0]
        let known = try KnowledgeIndex.withDocuments([asked.tenant], version: version, in: transaction)
        return (matches, try IndexVersions.folded(in: transaction), !known.isEmpty)
      }
      // Another version was made the live one meanwhile.
      guard let searched else { continue }
      found.folded = searched.folded
      found.hasDocuments = searched.hasDocuments
      found.matches = try await ordered(searched.matches, question, &found)
      found.milliseconds = (clock.now - start) / .milliseconds(1)
      return found
    }
  }

  private func meaning(
    of question: KnowledgeIndex.Question, _ version: IndexVersion, _ found: inout FoundPassages
  ) async throws -> KnowledgeIndex.Meaning? {
    guard let questions, means.embeds(in: version, language: question.language) else { return nil }
    let vector: [Float]
    do {
      let text = String(question.text.prefix(KnowledgeIndex.longestQuestion))
      vector = try await questions.vector(of: text, for: question)
    } catch let error as EmbeddingError {
      try Task.checkCancellation()
      miss(.embedding, error.description, &found)
      return nil
    }
    guard let space = version.space else {
      found.vectors = "postgres"
      return .vector(vector)
    }
    do {
      guard let store, store.kind == space.store else {
        throw VectorStoreError("\(space.store) is not configured", isRetriable: false)
      }
      let near = try await store.nearest(
        to: vector, of: question.tenant, filter: question.filter, most: Self.near, in: space.id)
      found.vectors = space.store
      return .near(near)
    } catch {
      try Task.checkCancellation()
      miss(.vectorStore, "\(error)", &found)
      return nil
    }
  }

  private func ordered(
    _ matches: [KnowledgeIndex.Match], _ question: KnowledgeIndex.Question, _ found: inout FoundPassages
  ) async throws -> [KnowledgeIndex.Match] {
    guard let reranker, matches.count > 1 else { return Array(matches.prefix(question.limit)) }
    do {
      let scores = try await reranker.scores(
        of: matches.map { String($0.text.prefix(Self.longestPassage)) },
        for: String(question.text.prefix(KnowledgeIndex.longestQuestion)))
      found.reranker = reranker.name
      // Of equal scores, the one that was found first.
      let order = zip(matches, scores).enumerated().sorted {
        ($1.element.1, $0.offset) < ($0.element.1, $1.offset)
      }
      return order.prefix(question.limit).map { $0.element.0.scored($0.element.1) }
    } catch {
      try Task.checkCancellation()
      miss(.reranker, error.description, &found)
      return Array(matches.prefix(question.limit))
    }
  }

  private func miss(_ what: FoundPassages.Missed, _ why: String, _ found: inout FoundPassages) {
    found.missed.append(what)
    onMissed(what, why)
  }
}

extension KnowledgeIndex.Match {
  fileprivate func scored(_ score: Double) -> Self {
    Self(chunk: chunk, document: document, title: title, place: place, text: text, score: score)
  }
}
