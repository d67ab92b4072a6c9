import Contracts
import Foundation
import Postgres

/// Puts documents into one version of the index, and takes them out.
///
/// Chunks are put aside first, a batch at a time, and are found only once the document is published: readers
/// see the old text or the new one.
package struct IndexWriter: Sendable {
  package let version: IndexVersion

  package init(_ version: IndexVersion) { self.version = version }

  /// - Parameters:
  ///   - first: how many chunks of the document were put aside before.
  ///   - vectors: of the chunks, in their order; nil without, and where they lie outside of Postgres.
  package func stage(
    _ chunks: [Chunk], first: Int, vectors: [[Float]]?, of document: DocumentUploaded.Facts, tenant: TenantID,
    revision: EventID, in transaction: Transaction
  ) throws {
    guard !chunks.isEmpty else { return }
    let ids = ids(chunks.count, first: first, revision: revision)
    try transaction.execute(
      "select \(version.schema).stage_chunks($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      [
        .uuid(tenant.uuid), .uuid(document.document.uuid), .uuid(revision.uuid), .text(document.title),
        .text(document.language), .text(document.base ?? ""), .texts(document.tags ?? []),
        .int4(Int32(first)),
        .uuids(ids), .texts(chunks.map(\.place)), .texts(chunks.map(\.heading)), .texts(chunks.map(\.text)),
      ])
    if let vectors {
      try transaction.execute(
        "select \(version.schema).stage_vectors($1, $2)",
        [.uuids(ids), .texts(vectors.map(VectorBytes.text))])
    }
  }

  /// The ids that chunks of a text have in this version.
  package func ids(_ count: Int, first: Int, revision: EventID) -> [UUID] {
    (0..<count).map { UUID.version5(of: "chunk \(version.number) \(first + $0)", in: revision.uuid) }
  }

  /// What was put aside for a document is found from now on, in place of what was.
  package func publish(_ document: DocumentID, in transaction: Transaction) throws {
    try call("publish", document, transaction)
  }

  package func withdraw(_ document: DocumentID, in transaction: Transaction) throws {
    try call("withdraw", document, transaction)
  }

  /// - Parameter revision: nothing happens where another text of the document is found.
  package func withdraw(
    _ document: DocumentID, ifItIsOf revision: EventID, in transaction: Transaction
  ) throws {
    try transaction.execute(
      "select \(version.schema).withdraw(id) from \(version.schema).document where id = $1 and revision = $2",
      [.uuid(document.uuid), .uuid(revision.uuid)])
  }

  package func discard(_ document: DocumentID, in transaction: Transaction) throws {
    try call("discard", document, transaction)
  }

  /// Which of these documents are found, or may be yet because they are worked on; in the same order.
  package func standing(_ documents: [DocumentID], in transaction: Transaction) throws -> [DocumentID] {
    try transaction.execute(
      """
      select t.id from unnest($1::uuid[]) with ordinality as t (id, place)
      where
        exists (select from \(version.schema).document as d where d.id = t.id)
        or exists (select from knowledge.work as w where w.document = t.id)
      order by t.place
      """, [.uuids(documents.map(\.uuid))]
    ).map { DocumentID($0.uuid(0)) }
  }

  /// How many chunks of this text of the document there are, and in which language; nil when there are none.
  func chunks(
    of document: DocumentID, revision: EventID, in transaction: Transaction
  ) throws -> DocumentIndexer.Prepared? {
    let rows = try transaction.execute(
      """
      select count(*), min(language::text) from \(version.schema).chunk
      where document = $1 and revision = $2 having count(*) > 0
      """, [.uuid(document.uuid), .uuid(revision.uuid)])
    return rows.first.map { DocumentIndexer.Prepared(chunks: Int($0.int8(0)), language: $0.text(1)) }
  }

  private func call(_ function: String, _ document: DocumentID, _ transaction: Transaction) throws {
    try transaction.execute("select \(version.schema).\(function)($1)", [.uuid(document.uuid)])
  }
}
