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

  /// The mean over all judged questions, and the time of each search in milliseconds.
  func score(
    _ set: RetrievalSet, _ tenant: TenantID, _ names: [DocumentID: String]
  ) async throws -> (Double, [Double]) {
    var sum = 0.0
    var times: [Double] = []
    for start in stride(from: 0, to: set.questions.count, by: 32) {
      let batch = Array(set.questions[start..<min(set.questions.count, start + 32)])
      let vectors = try await vectors(batch.map(\.text), set.language, .question)
      for (index, question) in batch.enumerated() {
        let asked = KnowledgeIndex.Question(
          tenant: tenant, language: set.language, text: question.text, vector: vectors?[index], limit: 30)
        let (matches, milliseconds) = try await search(asked)
        times.append(milliseconds)
        var ranking: [String] = []
        for match in matches {
          if let name = names[match.document], !ranking.contains(name) { ranking.append(name) }
        }
        sum += set.ndcg(ranking, of: question.id)
      }
    }
    return (sum / Double(max(1, set.questions.count)), times)
  }

  private func search(_ question: KnowledgeIndex.Question) async throws -> ([KnowledgeIndex.Match], Double) {
    try await pool.withTransaction { [version] transaction in
      let clock = ContinuousClock()
      let start = clock.now
      let matches = try KnowledgeIndex.search([question], version: version, in: transaction)[0]
      return (matches, (clock.now - start).seconds * 1_000)
    }
  }

  /// The set's paragraphs over and over with their sentences mixed, so that words are as frequent as in texts
  /// that people wrote, and the set's questions; vectors at random, because a graph of equal ones is none.
  func times(among count: Int, like set: RetrievalSet) async throws -> (p50: Double, p95: Double) {
    let tenant = TenantID(UUID.version7())
    var random = SystemRandomNumberGenerator()
    let sentences = set.documents.flatMap { $0.text.components(separatedBy: ". ") }
    let facts = DocumentUploaded.Facts(
      document: DocumentID(UUID.version7()), title: "Handbook", mediaType: "text/plain",
      language: set.language,
      bytes: 0, blob: "")
    let dimensions = version.dimensions
    for first in stride(from: 0, to: count, by: 1_000) {
      let chunks = (0..<min(1_000, count - first)).map { _ in
        Chunk(
          heading: "", place: "",
          text: (0..<5).compactMap { _ in sentences.randomElement(using: &random) }.joined(separator: ". "))
      }
      let vectors = dimensions.map { dimensions in chunks.map { _ in Self.direction(dimensions, &random) } }
      try await pool.withTransaction { [version] transaction in
        try IndexWriter(version).stage(
          chunks, first: first, vectors: vectors, of: facts, tenant: tenant,
          revision: EventID(facts.document.uuid), in: transaction)
      }
    }
    try await pool.withTransaction { [version] in try IndexWriter(version).publish(facts.document, in: $0) }
    try await pool.withConnection { try $0.executeScript("vacuum analyze") }
    var times: [Double] = []
    for (index, question) in set.questions.prefix(550).enumerated() {
      let asked = KnowledgeIndex.Question(
        tenant: tenant, language: set.language, text: question.text,
        vector: dimensions.map { Self.direction($0, &random) }, limit: 5)
      let (_, milliseconds) = try await search(asked)
      // The first ones bring the index into memory.
      if index >= 50 { times.append(milliseconds) }
    }
    times.sort()
    guard !times.isEmpty else { return (0, 0) }
    return (times[times.count / 2], times[times.count * 95 / 100])
  }

  private static func direction(_ dimensions: Int, _ random: inout SystemRandomNumberGenerator) -> [Float] {
    let numbers = (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
    let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return numbers.map { $0 / norm }
  }
}
