import Contracts
import Crypto
import Extraction
import Foundation
import Knowledge
import Pipeline
import Postgres

/// Documents in an index made for a measurement.
struct BenchCorpus: Sendable {
  let pool: PostgresPool
  let version: IndexVersion
  let embedder: (any Embedder)?

  /// Indexes a set and returns the set's names of its documents.
  func index(_ set: RetrievalSet, _ tenant: TenantID) async throws -> [DocumentID: String] {
    var names: [DocumentID: String] = [:]
    for document in set.documents {
      let id = DocumentID(UUID.version5(of: document.id, in: tenant.uuid))
      names[id] = document.id
      let blocks = document.text.components(separatedBy: "\n\n").map { Block(.paragraph, $0) }
      let chunks = Chunker.chunks(of: blocks, version.sizes)
      let vectors = try await vectors(chunks.map(\.text), set.language, .passage)
      let facts = DocumentUploaded.Facts(
        document: id, title: "", mediaType: "text/plain", language: set.language, bytes: 0, blob: "")
      try await pool.withTransaction { [version] transaction in
        let writer = IndexWriter(version)
        try writer.stage(
          chunks, first: 0, vectors: vectors, of: facts, tenant: tenant, revision: EventID(id.uuid),
          in: transaction)
        try writer.publish(id, in: transaction)
      }
    }
    try await pool.withConnection { try $0.executeScript("analyze") }
    return names
  }

  private func vectors(
    _ texts: [String], _ language: String, _ purpose: EmbeddingPurpose
  ) async throws -> [[Float]]? {
    guard let embedder, version.model == embedder.model.name, embedder.model.knows(language), !texts.isEmpty
    else {
      return nil
    }
    return try await embedder.embed(texts, for: purpose)
  }

  /// Of each judged question.
  func scores(
    _ set: RetrievalSet, _ tenant: TenantID, _ names: [DocumentID: String]
  ) async throws -> [Double] {
    var scores: [Double] = []
    for start in stride(from: 0, to: set.questions.count, by: 32) {
      let batch = Array(set.questions[start..<min(set.questions.count, start + 32)])
      let vectors = try await vectors(batch.map(\.text), set.language, .question)
      for (index, question) in batch.enumerated() {
        let asked = KnowledgeIndex.Question(
          tenant: tenant, language: set.language, text: question.text, vector: vectors?[index], limit: 30)
        let (matches, _) = try await search(asked)
        var ranking: [String] = []
        for match in matches {
          if let name = names[match.document], !ranking.contains(name) { ranking.append(name) }
        }
        scores.append(set.ndcg(ranking, of: question.id))
      }
    }
    return scores
  }

  private func search(_ question: KnowledgeIndex.Question) async throws -> ([KnowledgeIndex.Match], Double) {
    try await pool.withTransaction { [version] transaction in
      let clock = ContinuousClock()
      let start = clock.now
      let matches = try KnowledgeIndex.search([question], version: version, in: transaction)[0]
      return (matches, (clock.now - start).seconds * 1_000)
    }
  }

  /// How long searches take, in milliseconds.
  struct Times {
    var whole: [Double] = []
    /// The halves of the SQL by themselves: words alone, and what pgvector alone takes for as many neighbours. No
    /// search by both can be faster than the slower one.
    var words: [Double] = []
    var near: [Double] = []

    static func percentile(_ percent: Int, of times: [Double]) -> Double {
      times.isEmpty ? 0 : times.sorted()[min(times.count - 1, times.count * percent / 100)]
    }
  }

  /// The sets' sentences over and over, mixed, so that words are as frequent as in texts that people wrote. A chunk's
  /// vector is the mean of its sentences', so that vectors lie as those of texts do; the questions are the sets' own.
  func times(among count: Int, of sets: [RetrievalSet]) async throws -> Times {
    let tenant = TenantID(UUID.version7())
    var random = SystemRandomNumberGenerator()
    let language = sets[0].language
    let sentences = sets.flatMap { set in
      set.documents.flatMap { $0.text.components(separatedBy: ". ").filter { $0.count > 20 } }
    }
    let meanings = try await vectors(sentences, language, .passage)
    let facts = DocumentUploaded.Facts(
      document: DocumentID(UUID.version7()), title: "Handbook", mediaType: "text/plain", language: language,
      bytes: 0, blob: "")
    for first in stride(from: 0, to: count, by: 1_000) {
      let picked = (0..<min(1_000, count - first)).map { _ in
        (0..<5).map { _ in Int.random(in: sentences.indices, using: &random) }
      }
      let chunks = picked.map { picked in
        Chunk(heading: "", place: "", text: picked.map { sentences[$0] }.joined(separator: ". "))
      }
      let vectors = meanings.map { meanings in picked.map { Self.mean($0.map { meanings[$0] }) } }
      try await pool.withTransaction { [version] transaction in
        try IndexWriter(version).stage(
          chunks, first: first, vectors: vectors, of: facts, tenant: tenant,
          revision: EventID(facts.document.uuid), in: transaction)
      }
    }
    try await pool.withTransaction { [version] in try IndexWriter(version).publish(facts.document, in: $0) }
    try await pool.withConnection { try $0.executeScript("vacuum analyze") }
    let questions = Array(sets.flatMap(\.questions).shuffled(using: &random).prefix(550))
    let asked = try await vectors(questions.map(\.text), language, .question)
    var times = Times()
    for (index, question) in questions.enumerated() {
      let vector = asked?[index]
      func asking(_ vector: [Float]?) -> KnowledgeIndex.Question {
        .init(tenant: tenant, language: language, text: question.text, vector: vector, limit: 5)
      }
      let whole = try await search(asking(vector)).1
      let words = try await search(asking(nil)).1
      // The first ones bring the index into memory.
      guard index >= 50 else { continue }
      times.whole.append(whole)
      times.words.append(words)
      if let vector { times.near.append(try await nearest(to: vector)) }
    }
    return times
  }

  private func nearest(to vector: [Float]) async throws -> Double {
    try await pool.withTransaction { [version] transaction in
      try transaction.execute("set local hnsw.ef_search = 100")
      let text = "[" + vector.map { "\($0)" }.joined(separator: ",") + "]"
      let clock = ContinuousClock()
      let start = clock.now
      try transaction.execute(
        "select chunk from \(version.schema).embedding order by vector <#> $1::text::halfvec limit 100",
        [.text(text)])
      return (clock.now - start).seconds * 1_000
    }
  }

  private static func mean(_ vectors: [[Float]]) -> [Float] {
    var sum = vectors[0]
    for vector in vectors.dropFirst() { for index in sum.indices { sum[index] += vector[index] } }
    let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? sum.map { $0 / norm } : vectors[0]
  }
}
