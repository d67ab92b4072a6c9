import Contracts
import Foundation
import JSON
import Postgres

/// What two builds that stand at one position say differently of one tenant, on one day where the table has days.
package struct Change: Sendable, Equatable {
  /// The sum over a column of numbers; nil where a build has no such column or no such rows.
  package struct Sum: Sendable, Equatable {
    package let column: String
    package let live: String?
    package let built: String?
  }

  package let table: String
  package let tenant: TenantID
  /// `yyyy-mm-dd`, UTC.
  package let day: String?
  package let liveRows: Int64
  package let builtRows: Int64
  /// Rows that differ, or are missing on one side.
  package let differences: Int64
  /// Of the columns whose sums do not agree, by name.
  package let sums: [Sum]

  static func all(_ live: String, _ built: String, in transaction: Transaction) throws -> [Change] {
    try read(
      "select name, tenant, day::text, left_rows, right_rows, differences, sums from projection.changes($1, $2)",
      [.text(live), .text(built)], in: transaction)
  }

  /// What queries of `projection.changes_query` added in this transaction.
  static func gathered(in transaction: Transaction) throws -> [Change] {
    try read(
      """
      select name, tenant, day::text, left_rows, right_rows, differences, sums
      from projection.gathered_changes()
      """, [], in: transaction)
  }

  private static func read(
    _ sql: String, _ parameters: [PostgresParameter], in transaction: Transaction
  ) throws -> [Change] {
    try transaction.execute(sql, parameters).map { row in
      let sums = try JSONValue(parsing: row.jsonb(6), maximumDepth: 4)
      return Change(
        table: row.text(0), tenant: TenantID(row.uuid(1)), day: row.optional(2, PostgresRow.text),
        liveRows: row.int8(3), builtRows: row.int8(4), differences: row.int8(5),
        sums: (sums.object ?? []).map { name, pair in
          Sum(column: name, live: pair[0]?.digits, built: pair[1]?.digits)
        }.sorted { $0.column < $1.column })
    }
  }
}

extension JSONValue {
  /// A number as it is written.
  fileprivate var digits: String? { isNull ? nil : String(decoding: serialized(), as: UTF8.self) }
}
