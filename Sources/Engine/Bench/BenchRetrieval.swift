import ArgumentParser
import Contracts
import Extraction
import Foundation
import HTTPClient
import Knowledge
import Logging
import Postgres

struct BenchRetrieval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrieval",
    abstract:
      "How good the first ten passages are (nDCG@10) for judged questions, and how long a search takes.",
    discussion: """
      Documents are cut, embedded and searched as those that are handed in. Without a configured embedding model,
      words alone are measured.
      """)

  @Argument(help: "The folder with the sets cacm and xquad.") var folder: String
  @Option(help: "Tokens of a chunk.") var chunkTokens = ChunkSizes().tokens
  @Option(help: "Tokens that chunks share.") var overlap = ChunkSizes().overlap
  @Option(help: "Measure the time of a search among this many chunks; 0: do not.") var chunks = 100_000
  @Flag(help: "Fail where a goal is missed.") var strict = false

  static let goals = ["cacm": 0.42, "xquad-en": 0.97, "xquad-de": 0.93]

  func run() async throws {
    let root = URL(fileURLWithPath: folder)
    let sets = [
      try RetrievalSet.cacm(root.appendingPathComponent("cacm")),
      try RetrievalSet.xquad(
        root.appendingPathComponent("xquad/xquad.en.json"), name: "xquad-en", language: "english"),
      try RetrievalSet.xquad(
        root.appendingPathComponent("xquad/xquad.de.json"), name: "xquad-de", language: "german"),
    ]
    guard let choice = try Configuration().embedding else { return try await measure(sets, nil) }
    try await choice.with(home: Home.located(), client: HTTPClient(), logger: Logger(label: "bench")) {
      try await measure(sets, $0)
    }
  }

  private func measure(_ sets: [RetrievalSet], _ embedder: (any Embedder)?) async throws {
    try await BenchDatabase.with(connections: 2) { database in
      let version = try await database.pool.withTransaction { [self] transaction in
        let home = try Home.located()
        let sizes = ChunkSizes(tokens: chunkTokens, overlap: overlap)
        return try IndexVersions.make(home, sizes: sizes, model: embedder?.model, in: transaction)
      }
      print("by words" + (version.model.map { " and vectors of \($0)" } ?? " alone"))
      let corpus = BenchCorpus(pool: database.pool, version: version, embedder: embedder)
      var missed = false
      for set in sets {
        let tenant = TenantID(UUID.version7())
        let documents = try await corpus.index(set, tenant)
        let scores = try await corpus.scores(set, tenant, documents)
        func mean(_ scores: [Double]) -> Double { scores.reduce(0, +) / Double(max(1, scores.count)) }
        let score = mean(scores)
        // What was chosen by looking at one half shows in the other.
        let halves = [0, 1].map { half in
          mean(scores.indices.filter { $0 % 2 == half }.map { scores[$0] })
        }
        let goal = Self.goals[set.name] ?? 0
        missed = missed || score < goal
        let vectors = version.model != nil && embedder?.model.knows(set.language) == true
        print(
          "\(set.name), \(vectors ? "words and vectors" : "words alone"): "
            + String(
              format: "nDCG@10 %.4f (goal %.2f; odd and even questions %.4f, %.4f)", score, goal, halves[0],
              halves[1]))
      }
      if chunks > 0 {
        let times = try await corpus.times(among: chunks, of: Array(sets.prefix(2)))
        missed = missed || BenchCorpus.Times.percentile(95, of: times.whole) >= 20
        for (name, part) in [
          ("whole search, goal p95 20", times.whole), ("by words alone", times.words),
          ("ceiling: pgvector alone", times.near),
        ] where !part.isEmpty {
          let (p50, p95) = (
            BenchCorpus.Times.percentile(50, of: part), BenchCorpus.Times.percentile(95, of: part)
          )
          print(
            "among \(chunks) chunks of one tenant: p50 \(String(format: "%.1f ms, p95 %.1f ms", p50, p95)) (\(name))"
          )
        }
      }
      if strict, missed { throw ExitCode(1) }
    }
  }
}
