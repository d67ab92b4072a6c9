import Contracts
import EventLog
import Extraction
import Foundation
import Knowledge
import Pipeline
import Postgres
import Synchronization
import TestKit
import TestServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct IndexTests {
  @Test func anUploadedDocumentIsFoundUntilItIsRemoved() async throws {
    try await DocumentRun.run { run in
      let page = "<h1>Returns</h1><p>Send it back within thirty days.</p>"
      let id = try await run.upload("Rules", Array(page.utf8), .html)
      let records = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      let facts = try DocumentIndexed.read(records.first(DocumentIndexed.type)).facts
      #expect(facts == .init(document: id, chunks: 1, index: 1))
      let found = try await run.search("send back")
      #expect(found.map(\.document) == [id] && found.first?.source == "Rules")
      try await run.append(DocumentRemoved.self, .init(document: id), key: StreamID(id))
      try await eventually("it is gone") { try await run.search("send back").isEmpty ? true : nil }
    }
  }

  @Test func aDocumentThatCannotBeReadFailsWithItsReasonAndHoldsNothingBack() async throws {
    try await DocumentRun.run { run in
      let bad = try await run.upload("Broken", Array("%PDF-1.4 nothing".utf8), .pdf)
      let good = try await run.upload("Fine", Array("All is well.".utf8), .text)
      let records = try await run.events {
        $0.count(DocumentIndexed.type) == 1 && $0.count(DocumentFailed.type) == 1
      }
      let failed = try DocumentFailed.read(records.first(DocumentFailed.type)).facts
      #expect(failed.document == bad && failed.reason.contains("truncated"))
      #expect(try await run.search("well").map(\.document) == [good])
      let work = try await run.made.database.pool.withConnection {
        try $0.execute("select count(*) from knowledge.work")[0].int8(0)
      }
      #expect(work == 0)
    }
  }

  @Test func whatIsCancelledBeforeItBeginsFailsAsSuch() async throws {
    try await DocumentRun.run { run in
      let id = DocumentID(UUID.version7())
      let (tenant, pool) = (run.tenant, run.made.database.pool)
      _ = try await pool.withConnection { try DocumentWork.note(id, of: tenant, .queued, on: $0) }
      #expect(try await pool.withTransaction { try DocumentWork.cancel(id, of: tenant, in: $0) })
      _ = try await run.upload("Late", Array("text".utf8), .text, id: id)
      let records = try await run.events { $0.count(DocumentFailed.type) == 1 }
      #expect(try DocumentFailed.read(records.first(DocumentFailed.type)).facts.reason == "cancelled")
    }
  }

  /// A file of many pages is cancelled while it is read, another document while it is embedded.
  @Test func progressIsShownAndWorkIsCancelledInItsMidst() async throws {
    let embedder = HeldEmbedder(after: 2)
    try await DocumentRun.run(embedder: embedder) { run in
      let (tenant, pool) = (run.tenant, run.made.database.pool)
      try await run.useVectors(of: embedder)
      @Sendable func cancel(_ id: DocumentID) async throws {
        #expect(try await pool.withTransaction { try DocumentWork.cancel(id, of: tenant, in: $0) })
      }
      @Sendable func left(of id: DocumentID) async throws -> Int64 {
        try await pool.withConnection { connection in
          try connection.execute(
            """
            select (select count(*) from knowledge.work where document = $1)
              + (select count(*) from index_2.chunk where document = $1)
            """, [.uuid(id.uuid)])[0].int8(0)
        }
      }
      let pages = (1...4_000).map { page in (1...20).map { (size: 9, text: "Line \($0) of page \(page)") } }
      let long = try await run.upload("Long", PDF.document(pages), .pdf)
      let shown = try await eventually("it says how far it is") {
        try await run.progress(of: long).flatMap { $0.wholeMatch(of: /extracting ([0-9]+) of 4000/) }
      }
      #expect((1..<4_000).contains(Int(shown.output.1) ?? 0))
      try await cancel(long)
      let first = try await run.events { $0.count(DocumentFailed.type) == 1 }
      #expect(
        try DocumentFailed.read(first.first(DocumentFailed.type)).facts
          == .init(document: long, reason: "cancelled"))
      #expect(try await left(of: long) == 0)

      // Of three batches the first is put aside, the second held up.
      let text = (1...150).map { "# Part \($0)\n\nIt says \($0)." }.joined(separator: "\n\n")
      let second = try await run.upload("Parts", Array(text.utf8), .markdown)
      await embedder.held.wait()
      #expect(try await run.progress(of: second) == "embedding 64 of 150")
      #expect(try await left(of: second) == 65)
      try await cancel(second)
      embedder.release.send()
      let both = try await run.events { $0.count(DocumentFailed.type) == 2 }
      let failed = try both.filter { $0.event.type == DocumentFailed.type }
        .map { try DocumentFailed.read($0.event).facts }
      #expect(failed.map(\.document) == [long, second] && Set(failed.map(\.reason)) == ["cancelled"])
      #expect(try await left(of: second) == 0)
      #expect(both.count(DocumentIndexed.type) == 0)
    }
  }

  /// What it had embedded is kept, of chunks that were not put aside yet, too; all else is done again.
  @Test func whoTakesOverADocumentWhoseOwnerDiedFinishesItAndEmbedsNothingTwice() async throws {
    let embedder = HeldEmbedder(after: 3)
    try await DocumentRun.run(indexes: false) { run in
      try await run.useVectors(of: embedder)
      let first = run.indexer(embedder)
      let text = (1...150).map { "# Part \($0)\n\nIt says w\($0)." }.joined(separator: "\n\n")
      let id = try await run.upload("Parts", Array(text.utf8), .markdown)
      await embedder.held.wait()
      await first.die()
      let heir = HeldEmbedder(after: .max)
      let second = run.indexer(heir)
      let records = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(
        try DocumentIndexed.read(records.first(DocumentIndexed.type)).facts
          == .init(document: id, chunks: 150, index: 2))
      #expect(heir.texts.count == 150 - 96 && Set(heir.texts).isDisjoint(with: embedder.done))
      #expect(try await run.search("w150").map(\.document) == [id])
      let (chunks, vectors) = try await run.made.database.pool.withConnection {
        let row = try $0.execute(
          "select (select count(*) from index_2.chunk), (select count(*) from index_2.embedding)")[0]
        return (row.int8(0), row.int8(1))
      }
      #expect(chunks == 150 && vectors == 150)
      await second.die()
    }
  }

  /// German takes plurals from its words otherwise than English does, and a word of Polish is taken as it stands.
  @Test(arguments: [
    (
      "Die Rückgabefristen unserer Waren betragen dreißig Tage ab der Lieferung an den Kunden.", "german",
      "Rückgabefrist"
    ),
    (
      "The delivery of all goods takes three days after we have received your order.", "english", "deliveries"
    ),
    (
      "Zwrot towaru jest możliwy w ciągu trzydziestu dni od dnia dostawy do klienta.", "simple", "towaru"
    ),
    ("42", "english", "42"),
  ])
  func aDocumentIsReadInTheLanguageThatItsTextTells(text: String, language: String, word: String) async throws
  {
    try await DocumentRun.run { run in
      let id = try await run.upload("A-1", Array(text.utf8), .text, language: "auto")
      let records = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      let facts = try DocumentIndexed.read(records.first(DocumentIndexed.type)).facts
      #expect(facts == .init(document: id, chunks: 1, index: 1, language: language))
      #expect(try await run.search(word).map(\.document) == [id])
    }
  }

  /// What the database refuses waits for a person, who gives it up: it does not stand as queued for ever.
  @Test func aDocumentThatIsParkedAndGivenUpEndsAsStopped() async throws {
    try await DocumentRun.run { run in
      let id = DocumentID(UUID.version7())
      let (tenant, pool, log) = (run.tenant, run.made.database.pool, run.made.log)
      try await pool.withConnection {
        _ = try $0.execute("alter table index_1.document add constraint refused check (id <> '\(id)')")
      }
      _ = try await run.upload("Refused", Array("These words.".utf8), .text, id: id)
      let event = try await eventually("it is parked") {
        try await pool.withConnection { connection in
          try connection.execute("select id from stage.parked where stage = 'index'").first
            .map { EventID($0.uuid(0)) }
        }
      }
      #expect(try await run.progress(of: id) != nil)
      @Sendable func waive(_ tenant: TenantID) async throws -> Bool {
        try await pool.withTransaction {
          try ParkedInputs.waive(event, of: tenant, to: log, at: Date(), in: $0)
        }
      }
      #expect(try await waive(TenantID(UUID.version7())) == false)
      #expect(try await waive(tenant))
      #expect(try await waive(tenant) == false)
      let records = try await run.events { $0.count(DocumentFailed.type) == 1 }
      let failed = try records.first(DocumentFailed.type)
      #expect(try DocumentFailed.read(failed).facts == .init(document: id, reason: "cancelled"))
      // By which it is left out of every later index, too.
      #expect(failed.causation == event)
      #expect(try await run.progress(of: id) == nil)
      let left = try await pool.withConnection {
        try $0.execute("select count(*) from index_1.chunk")[0].int8(0)
      }
      #expect(left == 0)
      let next = try await run.upload("Fine", Array("All is well.".utf8), .text)
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      #expect(try await run.search("well").map(\.document) == [next])
    }
  }

  @Test func aNewTextTakesThePlaceOfTheOld() async throws {
    try await DocumentRun.run { run in
      let id = try await run.upload("Prices", Array("Coffee costs three euros.".utf8), .text)
      _ = try await run.events { $0.count(DocumentIndexed.type) == 1 }
      _ = try await run.upload("Prices", Array("Tea costs two euros.".utf8), .text, id: id)
      _ = try await run.events { $0.count(DocumentIndexed.type) == 2 }
      #expect(try await run.search("coffee").isEmpty)
      #expect(try await run.search("tea").map(\.document) == [id])
    }
  }
}

/// Embeds so many batches, and is held up in the next until it is let go.
private final class HeldEmbedder: Embedder {
  let model = EmbeddingModel(name: "held", dimensions: 3)
  let held = Signal()
  let release = Signal()
  private let after: Int
  private let seen = Mutex<(batches: Int, texts: [String], done: [String])>((0, [], []))

  init(after: Int) { self.after = after }

  var texts: [String] { seen.withLock { $0.texts } }
  /// Those whose vectors were given.
  var done: [String] { seen.withLock { $0.done } }

  func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]] {
    let isHeld = seen.withLock { seen in
      seen.batches += 1
      seen.texts += texts
      return seen.batches - 1 == after
    }
    if isHeld {
      held.send()
      await release.wait()
      if Task.isCancelled { throw EmbeddingError("cancelled", isRetriable: true) }
    }
    seen.withLock { $0.done += texts }
    return texts.map { _ in [1, 0, 0] }
  }
}
