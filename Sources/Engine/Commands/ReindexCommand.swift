import ArgumentParser
import Foundation
import HTTPClient
import Knowledge
import Logging
import Postgres

struct ReindexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reindex",
    abstract: "Build the index of documents anew beside the live one, compare both, and switch.",
    discussion: """
      Run it after the embedding model or the place of the vectors was changed, or to cut documents otherwise. A \
      build that was stopped goes on where it stood. The version before is kept: --back switches to it. Builds that \
      were not made live are kept until another one is, or until --drop.
      """)

  @Option(help: "Tokens of a chunk.") var chunkTokens = ChunkSizes().tokens
  @Option(help: "Tokens that chunks share.") var overlap = ChunkSizes().overlap
  @Option(help: "How many of the latest questions to compare with.") var questions = 200
  @Flag(help: "Build and compare, but do not switch.") var dryRun = false
  @Flag(help: "Switch to the version that was live before.") var back = false
  @Flag(help: "Throw away what was built and not made live.") var drop = false

  func validate() throws {
    guard !drop || !(back || dryRun) else {
      throw ValidationError("--drop goes with neither --back nor --dry-run")
    }
  }

  func run() async throws {
    try await SoleRun.of("reindex") { try await Foundations.with(connections: 4, run) }
  }

  private func run(_ foundations: Foundations) async throws {
    if drop {
      let gone = try await foundations.pool.withTransaction { try IndexVersions.dropOthers(in: $0) }
      return tell(gone, or: "nothing waits to be dropped")
    }
    guard let choice = try foundations.configuration.embedding else {
      return try await reindex(foundations, nil)
    }
    try await choice.with(home: foundations.home, client: HTTPClient(), logger: foundations.logger) {
      try await reindex(foundations, $0)
    }
  }

  private func reindex(_ foundations: Foundations, _ embedder: (any Embedder)?) async throws {
    let store = try foundations.configuration.vectorStore.store(HTTPClient())
    let reindex = Reindex(foundations: foundations, embedder: embedder, store: store) { percent, documents in
      FileHandle.standardError.write(Data("\(percent) % of the log, \(documents) documents\n".utf8))
    }
    guard let live = try await foundations.pool.withTransaction({ try IndexVersions.live(in: $0) }) else {
      throw ConfigurationError("there is no index; run: aigentable migrate")
    }
    var version = try await target(reindex, foundations, embedder)
    print("index \(live.number) is live; index \(version.number) is built: \(Self.says(version))")
    var reached = try await reindex.catchUp(version)
    let asked = try await IndexComparison.questions(foundations, limit: questions)
    let finder = PassageFinder(
      pool: foundations.pool, embedder: embedder, store: store,
      reranker: try foundations.configuration.reranker(HTTPClient()), keyring: foundations.keyring)
    let comparison = try await IndexComparison.of(live, version, asked, by: finder)
    for line in comparison.lines { print(line) }
    for searched in [live, version] where finder.means.lackModel(of: searched) {
      print(
        "index \(searched.number) has vectors of \(searched.model ?? "?"), which is not the model that is set: "
          + "it was searched by its words alone")
    }
    if dryRun {
      let drops = back ? "" : ", or with --drop to throw index \(version.number) away"
      return print("index \(live.number) stays live; run it again without --dry-run to switch\(drops)")
    }
    var dropped = try await reindex.promote(version, at: reached)
    while dropped == nil {
      guard
        let again = try await foundations.pool.withTransaction({ [version] in
          try IndexVersions.find(version.number, in: $0)
        })
      else { throw ConfigurationError("index \(version.number) is gone") }
      version = again
      reached = try await reindex.catchUp(version)
      dropped = try await reindex.promote(version, at: reached)
    }
    print("index \(version.number) is live; aigentable reindex --back goes back to index \(live.number)")
    tell(dropped ?? [])
  }

  private func tell(_ dropped: [IndexVersion], or none: String? = nil) {
    for version in dropped { print("dropped index \(version.number): \(Self.says(version))") }
    if dropped.isEmpty, let none { print(none) }
  }

  private func target(
    _ reindex: Reindex, _ foundations: Foundations, _ embedder: (any Embedder)?
  ) async throws -> IndexVersion {
    guard back else {
      return try await reindex.version(
        ChunkSizes(tokens: chunkTokens, overlap: overlap), model: embedder?.model)
    }
    guard let previous = try await foundations.pool.withTransaction({ try IndexVersions.previous(in: $0) })
    else {
      throw ConfigurationError("there is no version to go back to")
    }
    try await reindex.requireMeans(of: previous)
    return previous
  }

  private static func says(_ version: IndexVersion) -> String {
    "chunks of \(version.sizes.tokens) tokens, "
      + (version.model.map { "vectors of \($0) in \(version.space?.store ?? "postgres")" } ?? "no vectors")
  }
}
