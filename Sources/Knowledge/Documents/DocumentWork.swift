import Contracts
import Postgres

/// How far the work on a document is: hints for people beside the log, and their wish that it stop.
package enum DocumentWork {
  package enum Step: String, Sendable { case queued, extracting, embedding }

  /// Notes where the work stands and returns whether it was cancelled.
  package static func note(
    _ document: DocumentID, of tenant: TenantID, _ step: Step, done: Int = 0, total: Int = 0,
    on connection: PostgresConnection
  ) throws -> Bool {
    try connection.execute(
      """
      insert into knowledge.work as w (document, tenant, step, done, total, is_cancelled, changed_at)
      values ($1, $2, $3, $4, $5, false, now())
      on conflict (document) do update set
        step = excluded.step, done = excluded.done, total = excluded.total, changed_at = excluded.changed_at
      returning is_cancelled
      """,
      [
        .uuid(document.uuid), .uuid(tenant.uuid), .text(step.rawValue), .int4(Int32(clamping: done)),
        .int4(Int32(clamping: total)),
      ])[0].bool(0)
  }

  /// Asks the work to stop; false when there is none.
  package static func cancel(
    _ document: DocumentID, of tenant: TenantID, in transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(
      "update knowledge.work set is_cancelled = true where document = $1 and tenant = $2",
      [.uuid(document.uuid), .uuid(tenant.uuid)]
    ).affected > 0
  }

  /// In words, of those that are worked on.
  package static func progress(
    of documents: [DocumentID], tenant: TenantID, on connection: PostgresConnection
  ) throws -> [DocumentID: String] {
    let rows = try connection.execute(
      "select document, step, done, total from knowledge.work where tenant = $1 and document = any ($2)",
      [.uuid(tenant.uuid), .uuids(documents.map(\.uuid))])
    return Dictionary(
      rows.map { row in
        let count = row.int4(3) > 0 ? " \(row.int4(2)) of \(row.int4(3))" : ""
        return (DocumentID(row.uuid(0)), row.text(1) + count)
      }
    ) { first, _ in first }
  }

  package static func forget(_ documents: [DocumentID], in transaction: Transaction) throws {
    guard !documents.isEmpty else { return }
    try transaction.execute(
      "delete from knowledge.work where document = any ($1)", [.uuids(documents.map(\.uuid))])
  }
}
