import ArgumentParser
import Backup
import Foundation
import HTTPClient
import Knowledge
import Logging
import Postgres
import Privacy

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Rebuild an installation in an empty database, from the archive and a backup of the keyring.",
    discussion: """
      AIGENTABLE_ARCHIVE says where the archive is, AIGENTABLE_MASTER_KEY_FILE which master key wrapped the keys. What \
      was erased since is erased again before this ends. Read models are made anew by the engine once it is started.
      """)

  @Option(help: "The file that `keys backup` wrote.") var keyring: String
  @Option(help: "The snapshot to restore; the latest by default.") var snapshot: String?
  @Flag(help: "Show which snapshots the archive has, and do nothing.") var list = false

  func run() async throws {
    let configuration = try Configuration()
    guard let store = try configuration.archive() else {
      throw ConfigurationError("AIGENTABLE_ARCHIVE is not set; it names the archive to restore from")
    }
    guard case .postgres = try configuration.log else {
      throw ConfigurationError("AIGENTABLE_LOG must be postgres: an archive is one of the embedded log")
    }
    let names = try await Snapshot.names(in: store)
    if list { return names.forEach { print($0) } }
    guard let name = snapshot ?? names.last else {
      throw ConfigurationError("the archive has no snapshot; `aigentable archive` makes one")
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: keyring), options: .alwaysMapped)
    try await Migrate.parse([]).run()
    let pool = PostgresPool(url: try configuration.databaseURL, connections: 4)
    let restoration = Restoration(pool: pool, store: store, master: try configuration.loadMasterKey())
    let (restored, report) = try await restoration.run(name, keyring: bytes)
    pool.shutdown()
    print("snapshot \(name): \(report.rows) rows, \(report.files) files, \(report.keys) keys")
    if report.missing > 0 { print("\(report.missing) files were let go of since the snapshot") }
    try await Foundations.with(connections: 4) { foundations in
      print("\(foundations.erasedAgain) contacts were erased again")
      try await SoleRun.of("reindex") { try await index(foundations, restored.chunks) }
    }
    print("start the engine: it makes the read models from the log")
  }

  /// The index of documents, cut as they were.
  private func index(_ foundations: Foundations, _ chunks: Snapshot.Chunks?) async throws {
    let sizes = chunks.map { ChunkSizes(tokens: $0.tokens, overlap: $0.overlap) } ?? ChunkSizes()
    guard let choice = try foundations.configuration.embedding else {
      return try await index(foundations, sizes, nil)
    }
    try await choice.with(home: foundations.home, client: HTTPClient(), logger: foundations.logger) {
      try await index(foundations, sizes, $0)
    }
  }

  private func index(_ foundations: Foundations, _ sizes: ChunkSizes, _ embedder: (any Embedder)?)
    async throws
  {
    let store = try foundations.configuration.vectorStore.store(HTTPClient())
    let reindex = Reindex(foundations: foundations, embedder: embedder, store: store) { percent, documents in
      FileHandle.standardError.write(Data("\(percent) % of the log, \(documents) documents\n".utf8))
    }
    let version = try await reindex.version(sizes, model: embedder?.model)
    let reached = try await reindex.catchUp(version)
    guard try await reindex.promote(version, at: reached) != nil else {
      throw ConfigurationError("something changes documents meanwhile; run: aigentable reindex")
    }
    print("the index of documents is made")
  }
}
