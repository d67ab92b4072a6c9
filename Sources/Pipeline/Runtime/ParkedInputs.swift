import Contracts
import EventLog
import Extraction
import Foundation
import Knowledge
import Postgres

/// What people decide of inputs that stages have parked.
package enum ParkedInputs {
  /// Processes one again, in its place, at once; false where it is not parked.
  package static func retry(_ id: EventID, of tenant: TenantID, in transaction: Transaction) throws -> Bool {
    try change("select stage.retry_parked($1, $2)", id, tenant, transaction)
  }

  /// Gives one up; what waits behind it goes on. A document ends as one that is stopped does, or it would stand as queued
  /// for ever. False where the input is not parked.
  package static func waive(
    _ id: EventID, of tenant: TenantID, to log: any EventLog, at now: Date, in transaction: Transaction
  ) throws -> Bool {
    let document = try transaction.execute(
      """
      select key, coalesce(correlation, id), traceparent from stage.waiting
      where stage = $1 and id = $2 and tenant = $3 and type = $4 and parked_reason is not null
      """,
      [
        .text(Index.name.rawValue), .uuid(id.uuid), .uuid(tenant.uuid),
        .text(DocumentUploaded.type.rawValue),
      ]
    ).first
    guard try change("select stage.waive_parked($1, $2)", id, tenant, transaction) else { return false }
    guard let document, let stopped = DocumentID(document.text(0)) else { return true }
    if let live = try IndexVersions.live(held: true, in: transaction) {
      try IndexWriter(live).discard(stopped, in: transaction)
      try IndexWriter(live).withdraw(stopped, ifItIsOf: id, in: transaction)
    }
    try DocumentWork.forget([stopped], in: transaction)
    let facts = DocumentFailed.Facts(document: stopped, reason: ExtractionError.cancelled.description)
    try log.append(
      [
        Event(
          id: id.outputID(DocumentFailed.type, by: Index.name), type: DocumentFailed.type,
          topic: DocumentFailed.topic, key: StreamID(stopped), tenant: tenant, time: now,
          source: "/stages/\(Index.name)", causation: id, correlation: EventID(document.uuid(1)),
          traceparent: document.optional(2, PostgresRow.text), value: DocumentFailed.value(facts))
      ], in: transaction)
    return true
  }

  private static func change(
    _ statement: String, _ id: EventID, _ tenant: TenantID, _ transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(statement, [.uuid(tenant.uuid), .uuid(id.uuid)])[0].int4(0) > 0
  }
}
