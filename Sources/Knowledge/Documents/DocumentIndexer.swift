import Contracts
import Extraction
import Foundation
import Keyring
import Postgres
import Synchronization

/// Makes chunks of a document and puts them aside in a version of the index: gets it out of the store, extracts
/// it in a process of its own, cuts it, embeds the pieces. What a crash undoes is done again from the start,
/// except the embedding, which is kept.
package struct DocumentIndexer: Sendable {
  private let pool: PostgresPool
  private let keyring: Keyring
  private let extraction: ExtractionProcess
  private let cache: EmbeddingCache?
  private let store: (any VectorStore)?

  /// Chunks that are embedded and written at a time.
  private static let batch = 64

  /// - Parameter store: where vectors lie that do not lie in Postgres.
  package init(
    pool: PostgresPool, keyring: Keyring, extraction: ExtractionProcess, embedder: (any Embedder)?,
    store: (any VectorStore)? = nil
  ) {
    self.pool = pool
    self.keyring = keyring
    self.extraction = extraction
    cache = embedder.map { EmbeddingCache($0, pool: pool) }
    self.store = store
  }

  /// What was put aside of a document.
  package struct Prepared: Sendable {
    package let chunks: Int
    /// In which it is searched.
    package let language: String
  }

  /// Returns how many chunks were put aside, and in which language.
  ///
  /// - Parameter note: told where the work stands, and says whether it was cancelled.
  /// - Throws: `ExtractionError` for what is the document's; anything else may be tried again.
  package func prepare(
    _ uploaded: DocumentUploaded.Facts, tenant: TenantID, revision: EventID, for version: IndexVersion,
    note: @escaping @Sendable (DocumentWork.Step, _ done: Int, _ total: Int) async throws -> Bool
  ) async throws -> Prepared {
    var facts = uploaded
    let writer = IndexWriter(version)
    let known = try await pool.withTransaction { transaction in
      try writer.discard(uploaded.document, in: transaction)
      if let space = version.space {
        try StaleVectors.forget(uploaded.document, revision: revision, in: space.id, transaction)
      }
      return try writer.chunks(of: uploaded.document, revision: revision, in: transaction)
    }
    // It was published before whoever wants it noted that.
    if let known { return known }
    guard let format = DocumentFormat(mediaType: facts.mediaType) else {
      throw ExtractionError(.unsupported, "media type \(facts.mediaType) is not one that text is taken from")
    }
    if facts.language != DocumentLanguage.told { try await check(facts.language) }
    if try await note(.extracting, 0, 0) { throw ExtractionError.cancelled }
    let chunks = try await chunks(of: facts, format, tenant, sizes: version.sizes, note)
    if facts.language == DocumentLanguage.told {
      facts.language = DocumentLanguage.of(chunks.map(\.text))
      try await check(facts.language)
    }
    let embeds = cache.map { version.holdsVectors(of: $0.model) } ?? false
    if embeds, let space = version.space, store?.kind != space.store {
      throw VectorStoreError(
        "index \(version.number) has its vectors in \(space.store), which is not configured",
        isRetriable: true)
    }
    var first = 0
    while first < chunks.count {
      let batch = Array(chunks[first..<min(chunks.count, first + Self.batch)])
      if try await note(.embedding, first, chunks.count) { throw ExtractionError.cancelled }
      let vectors =
        embeds && cache?.model.knows(facts.language) == true
        ? try await cache?.passages(batch.map { Self.embedded($0, title: facts.title) }) : nil
      let (start, facts) = (first, facts)
      try await pool.withTransaction { transaction in
        try writer.stage(
          batch, first: start, vectors: version.space == nil ? vectors : nil, of: facts, tenant: tenant,
          revision: revision, in: transaction)
      }
      // After the chunks: what is there without one, nobody would remove.
      if let vectors, let space = version.space, let store {
        let ids = writer.ids(batch.count, first: start, revision: revision)
        try await store.put(
          zip(ids, vectors).map { (chunk: $0, vector: $1) }, of: facts, tenant: tenant, revision: revision,
          in: space.id)
      }
      first += batch.count
    }
    return Prepared(chunks: chunks.count, language: facts.language)
  }

  private func check(_ language: String) async throws {
    guard try await pool.withTransaction({ try KnowledgeIndex.hasLanguage(language, in: $0) }) else {
      throw ExtractionError(.unsupported, "language \(language) is unknown")
    }
  }

  /// A piece alone often does not say what it is about.
  private static func embedded(_ chunk: Chunk, title: String) -> String {
    [title, chunk.heading, chunk.text].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func chunks(
    of facts: DocumentUploaded.Facts, _ format: DocumentFormat, _ tenant: TenantID, sizes: ChunkSizes,
    _ note: @escaping @Sendable (DocumentWork.Step, Int, Int) async throws -> Bool
  ) async throws -> [Chunk] {
    let file = try await file(of: facts, tenant)
    defer { file.close() }
    let extraction = extraction
    let watch = ExtractionWatch()
    return try await withThrowingTaskGroup(of: [Chunk]?.self) { group in
      group.addTask {
        try await Blocking.run {
          var chunker = Chunker(sizes)
          var chunks: [Chunk] = []
          try extraction.run(format, descriptor: file.descriptor, isCancelled: { watch.isCancelled }) {
            extracted in
            switch extracted {
            case .block(let block): chunks += chunker.add(block.withoutNulls)
            case .progress(let done, let total): watch.note(done, of: total)
            }
          }
          return chunks + chunker.finish()
        } onCancel: {
          watch.cancel()
        }
      }
      group.addTask {
        while true {
          try await Task.sleep(for: .milliseconds(500))
          let (done, total) = watch.progress
          if try await note(.extracting, done, total) { watch.cancel() }
        }
      }
      defer { group.cancelAll() }
      while let result = try await group.next() { if let result { return result } }
      throw CancellationError()
    }
  }

  /// The document in a file without a name, gone when it is closed.
  private func file(of facts: DocumentUploaded.Facts, _ tenant: TenantID) async throws -> TemporaryFile {
    guard let hash = facts.blob.hexadecimalBytes else {
      throw ExtractionError(.damaged, "the document's hash is none")
    }
    let kid = KeyID(tenant.uuid)
    let key = try await pool.withConnection { [keyring] in try keyring.keys([kid], on: $0)[kid] }
    guard let key else { throw ExtractionError(.damaged, "the tenant's key is gone") }
    let file = try TemporaryFile()
    do {
      let isThere = try await DocumentStore.read(hash: hash, tenant: tenant, key: key, from: pool, file.write)
      if !isThere {
        // Before documents were sealed they lay among the small things.
        let old = try await pool.withTransaction { try BlobStore.get(hash: hash, in: $0) }
        guard let old else { throw ExtractionError(.damaged, "the document's bytes are not in the store") }
        try file.write(old)
      }
      return file
    } catch {
      file.close()
      throw error
    }
  }
}

/// What the extraction and those who watch it share.
private final class ExtractionWatch: Sendable {
  private struct State {
    var done = 0
    var total = 0
    var isCancelled = false
  }

  private let state = Mutex(State())

  var progress: (done: Int, total: Int) { state.withLock { ($0.done, $0.total) } }
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func note(_ done: Int, of total: Int) {
    state.withLock { state in
      state.done = done
      state.total = total
    }
  }

  func cancel() { state.withLock { $0.isCancelled = true } }
}

extension Block {
  /// Postgres takes no such character.
  fileprivate var withoutNulls: Block {
    text.utf8.contains(0)
      ? Block(kind, level: level, text.replacing("\0", with: "\u{FFFD}"), place: place) : self
  }
}
