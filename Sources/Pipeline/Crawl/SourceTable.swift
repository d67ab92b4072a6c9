import Contracts
import Foundation
import Postgres

/// How far a look at a source is, or what came of the last one.
package struct CrawlReport: Sendable {
  let facts: SourceAdded.Facts
  let tenant: TenantID
  let pages: Int
  let problem: String?
  /// Of how many pages how many were looked at; nil once it is at its end.
  let round: (done: Int, total: Int)?
  let at: Date
}

/// The sources as people see them.
package enum SourceTable {
  /// One that was not looked at yet.
  package static func add(_ facts: SourceAdded.Facts, of tenant: TenantID, in transaction: Transaction) throws
  {
    try write(facts, tenant, pages: 0, problem: nil, round: nil, at: nil, transaction)
  }

  static func note(_ report: CrawlReport, in transaction: Transaction) throws {
    try write(
      report.facts, report.tenant, pages: report.pages, problem: report.problem, round: report.round,
      at: report.at, transaction)
  }

  static func remove(_ source: SourceID, in transaction: Transaction) throws {
    try transaction.execute("delete from knowledge.source where id = $1", [.uuid(source.uuid)])
  }

  package static func has(_ source: SourceID, of tenant: TenantID, in transaction: Transaction) throws -> Bool
  {
    try !transaction.execute(
      "select from knowledge.source where id = $1 and tenant = $2", [.uuid(source.uuid), .uuid(tenant.uuid)]
    ).isEmpty
  }

  private static func write(
    _ facts: SourceAdded.Facts, _ tenant: TenantID, pages: Int, problem: String?,
    round: (done: Int, total: Int)?, at: Date?, _ transaction: Transaction
  ) throws {
    try transaction.execute(
      """
      insert into knowledge.source (id, tenant, address, kind, every_hours, pages, problem, looked_at, done, total)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      on conflict (id) do update set
        pages = excluded.pages, problem = excluded.problem, looked_at = excluded.looked_at, done = excluded.done,
        total = excluded.total
      """,
      [
        .uuid(facts.source.uuid), .uuid(tenant.uuid), .text(facts.address), .text(facts.kind.rawValue),
        facts.everyHours.map { .int4(Int32($0)) } ?? .null, .int4(Int32(pages)),
        problem.map { .text($0) } ?? .null, at.map { .timestamp($0) } ?? .null,
        round.map { .int4(Int32($0.done)) } ?? .null, round.map { .int4(Int32($0.total)) } ?? .null,
      ])
  }
}
