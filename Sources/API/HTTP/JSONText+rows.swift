import JSON
import Postgres

/// Members out of a row's columns, without a value of Swift's in between. A member whose column is null is left
/// out.
extension JSONText {
  mutating func text(_ name: StaticString, _ row: PostgresRow, _ column: Int) {
    guard !row.isNull(column) else { return }
    key(name)
    // What Postgres sends is UTF-8, since the connection asks for that.
    row.withBytes(column) { write(validUTF8: $0.assumingMemoryBound(to: UInt8.self)) }
  }

  mutating func uuid(_ name: StaticString, _ row: PostgresRow, _ column: Int) {
    guard !row.isNull(column) else { return }
    key(name)
    write(row.uuid(column))
  }

  mutating func int4(_ name: StaticString, _ row: PostgresRow, _ column: Int) {
    guard !row.isNull(column) else { return }
    key(name)
    write(row.int4(column))
  }

  mutating func bool(_ name: StaticString, _ row: PostgresRow, _ column: Int) {
    guard !row.isNull(column) else { return }
    key(name)
    write(row.bool(column))
  }

  mutating func date(_ name: StaticString, _ row: PostgresRow, _ column: Int) throws(JSONError) {
    guard !row.isNull(column) else { return }
    key(name)
    try write(row.date(column))
  }

  mutating func jsonb(_ name: StaticString, _ row: PostgresRow, _ column: Int) {
    guard !row.isNull(column) else { return }
    key(name)
    // The first byte is the version of the binary form.
    row.withBytes(column) { write(json: .init(rebasing: $0.assumingMemoryBound(to: UInt8.self).dropFirst())) }
  }
}
