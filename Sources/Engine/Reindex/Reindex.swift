import Contracts
import EventLog
import Extraction
import Foundation
import Keyring
import Knowledge
import Postgres

/// Builds a version of the index from the log, beside the one that is searched, and puts it in its place.
struct Reindex: Sendable {
  let foundations: Foundations
  let embedder: (any Embedder)?
  let store: (any VectorStore)?
  let onProgress: @Sendable (_ done: Int, _ documents: Int) -> Void

  /// Records of the log that are folded at a time; after each lot the version's offset is noted, so that a build
  /// that was stopped goes on there.
  private static let lot = 200

  /// The version that an earlier build left unfinished, or an empty one; none where the store does not answer.
  func version(_ sizes: ChunkSizes, model: EmbeddingModel?) async throws -> IndexVersion {
    // Without a model there are no vectors that could lie anywhere.
    let store = model == nil ? nil : store
    try await store?.check()
    let kind = store?.kind
    return try await foundations.pool.withTransaction { [home = foundations.home] transaction in
      if let found = try IndexVersions.unfinished(sizes: sizes, model: model, store: kind, in: transaction) {
        return found
      }
      return try IndexVersions.make(home, sizes: sizes, model: model, store: kind, in: transaction)
    }
  }

  /// Folds what the log holds of documents beyond where the version stands. Returns the next offset.
  func catchUp(_ version: IndexVersion) async throws -> Int64 {
    let end = try await foundations.log.ends(of: .documents)[0]
    var next = Offset(version.nextOffset ?? 0)
    guard next < end else { return next.rawValue }
    let partition = TopicPartition(.documents, Partition(0))
    let failures = try await failures(from: next, to: end)
    var taken: Set<EventID> = []
    let reader = try await foundations.log.reader(
      from: [Cursor(partition, next)],
      types: [DocumentUploaded.type, DocumentFailed.type, DocumentRemoved.type])
    do {
      var documents = 0
      while next < end {
        let batch = try await reader.next(limit: Self.lot)
        documents += try await fold(batch.records, into: version, failures, &taken)
        next = batch.cursors.map(\.offset).max() ?? next
        let reached = min(next, end).rawValue
        try await foundations.pool.withTransaction {
          try IndexVersions.note(nextOffset: reached, of: version, in: $0)
        }
        onProgress(Int(next.rawValue * 100 / max(1, end.rawValue)), documents)
      }
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    return min(next, end).rawValue
  }

  /// How the texts ended that were not indexed, by the event that handed them in.
  private func failures(from start: Offset, to end: Offset) async throws -> [EventID: String] {
    var scan = try await PartitionScan(
      foundations.log, from: Cursor(TopicPartition(.documents, Partition(0)), start), to: end,
      types: [DocumentFailed.type])
    var failures: [EventID: String] = [:]
    while let records = try await scan.next() {
      for record in records {
        guard let upload = record.event.causation else { continue }
        failures[upload] = try DocumentFailed.read(record.event).facts.reason
      }
    }
    return failures
  }

  private func fold(
    _ records: [Record], into version: IndexVersion, _ failures: [EventID: String],
    _ taken: inout Set<EventID>
  ) async throws -> Int {
    let writer = IndexWriter(version)
    var last: [StreamID: Record] = [:]
    for record in records {
      let event = record.event
      switch event.type {
      case DocumentFailed.type:
        // What was made here before it was known to fail goes.
        let facts = try DocumentFailed.read(event).facts
        guard let upload = event.causation, !taken.contains(upload) else { continue }
        try await foundations.pool.withTransaction {
          try writer.withdraw(facts.document, ifItIsOf: upload, in: $0)
          try writer.discard(facts.document, in: $0)
        }
      case DocumentUploaded.type:
        taken.insert(event.id)
        // What people have stopped is not made again. Nor is what failed and would have replaced a page's former text:
        // that is found instead.
        let facts = try DocumentUploaded.read(event).facts
        let reason = failures[event.id]
        guard reason != ExtractionError.cancelled.description, reason == nil || facts.replaces == nil
        else { continue }
        last[event.key] = record
      default: last[event.key] = record
      }
    }
    let indexer = DocumentIndexer(
      pool: foundations.pool, keyring: foundations.keyring, extraction: .ownExecutable, embedder: embedder,
      store: store)
    for record in records where last[record.event.key]?.event.id == record.event.id {
      if record.event.type == DocumentRemoved.type {
        let facts = try DocumentRemoved.read(record.event).facts
        try await foundations.pool.withTransaction { try writer.withdraw(facts.document, in: $0) }
        continue
      }
      let facts = try DocumentUploaded.read(record.event).facts
      do {
        _ = try await indexer.prepare(
          facts, tenant: record.event.tenant, revision: record.event.id, for: version
        ) { _, _, _ in false }
        try await foundations.pool.withTransaction { try writer.publish(facts.document, in: $0) }
      } catch let error as ExtractionError where !error.isRetriable {
        // It failed when it was handed in, too.
        try await foundations.pool.withTransaction { try writer.discard(facts.document, in: $0) }
      } catch let error as EmbeddingError where !error.isRetriable && failures[record.event.id] != nil {
        try await foundations.pool.withTransaction { try writer.discard(facts.document, in: $0) }
      }
    }
    return last.count
  }

  /// Puts `version` in the place of the live one, in one transaction, and drops all but these two, unless it goes back.
  ///
  /// Returns what was dropped; nil when more was handed in meanwhile, and nothing was done.
  func promote(_ version: IndexVersion, at reached: Int64) async throws -> [IndexVersion]? {
    try await foundations.pool.withTransaction { transaction in
      // The stage `index` holds this row while it changes the live version, and waits here.
      try transaction.execute("select from knowledge.live for update")
      let row = try transaction.execute(
        """
        select
          coalesce((select max(next_offset) from stage.progress where stage = 'index'), 0),
          (select min("offset") from stage.waiting where stage = 'index')
        """)[0]
      let folded = row.int8(0)
      guard folded <= reached else { return nil }
      let isBack = try IndexVersions.previous(in: transaction)?.number == version.number
      // What waits is not in the version that is left.
      let left = min(folded, row.optional(1, PostgresRow.int8) ?? folded)
      try IndexVersions.promote(version, leavingAt: left, in: transaction)
      return isBack ? [] : try IndexVersions.dropOthers(in: transaction)
    }
  }
}
