import Contracts
import EventLog
import Extraction
import Foundation
import Knowledge
import Pipeline
import Postgres
import TestKit
import Testing

@Suite struct IndexTests {
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
