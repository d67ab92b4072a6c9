import Contracts
import Postgres

extension PostgresRow {
  /// The ids of a column that joins them with spaces; none when it is null.
  func ids<Subject>(_ column: Int) -> [ID<Subject>] {
    (optional(column, PostgresRow.text) ?? "").split(separator: " ").compactMap { ID($0) }
  }
}
