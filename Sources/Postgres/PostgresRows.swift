import CPostgres
import FoundationEssentials

/// The rows that a statement returned, in binary format. Valid as long as it is held.
package final class PostgresRows: RandomAccessCollection {
  private let result: OpaquePointer

  init(owning result: OpaquePointer) { self.result = result }
  deinit { PQclear(result) }

  package var startIndex: Int { 0 }
  package var endIndex: Int { Int(PQntuples(result)) }
  package subscript(row: Int) -> PostgresRow { PostgresRow(result: result, owner: self, row: Int32(row)) }

  /// How many rows an INSERT, UPDATE or DELETE touched.
  package var affected: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }
}

/// One row. Columns are read by number; reading a column as another type than the statement gives it is a
/// programming error and traps.
package struct PostgresRow {
  fileprivate let result: OpaquePointer
  private let owner: PostgresRows
  private let row: Int32

  init(result: OpaquePointer, owner: PostgresRows, row: Int32) {
    self.result = result
    self.owner = owner
    self.row = row
  }

  package func isNull(_ column: Int) -> Bool { PQgetisnull(result, row, Int32(column)) == 1 }

  package func withBytes<R>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(owner) {
      let length = Int(PQgetlength(result, row, Int32(column)))
      return try body(UnsafeRawBufferPointer(start: PQgetvalue(result, row, Int32(column)), count: length))
    }
  }

  package func integer<I: FixedWidthInteger>(_ column: Int, as type: I.Type = I.self) -> I {
    withBytes(column) { bytes in
      precondition(
        bytes.count == I.bitWidth / 8, "column \(column) has \(bytes.count) bytes, not \(I.bitWidth / 8)")
      return I(bigEndian: bytes.loadUnaligned(as: I.self))
    }
  }
  package func int2(_ column: Int) -> Int16 { integer(column) }
  package func int4(_ column: Int) -> Int32 { integer(column) }
  package func int8(_ column: Int) -> Int64 { integer(column) }
  package func bool(_ column: Int) -> Bool { integer(column, as: UInt8.self) != 0 }
  package func double(_ column: Int) -> Double { Double(bitPattern: integer(column)) }
  package func text(_ column: Int) -> String { withBytes(column) { String(decoding: $0, as: UTF8.self) } }
  package func bytes(_ column: Int) -> [UInt8] { withBytes(column) { Array($0) } }
  package func date(_ column: Int) -> Date { Date(postgresMicroseconds: integer(column)) }
  package func uuid(_ column: Int) -> UUID {
    withBytes(column) { bytes in
      precondition(bytes.count == 16, "column \(column) is not a uuid")
      return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
  }
  /// The UTF-8 text of a `jsonb` column.
  package func jsonb(_ column: Int) -> [UInt8] { withBytes(column) { Array($0.dropFirst()) } }

  package func optional<R>(_ column: Int, _ read: (PostgresRow) -> (Int) -> R) -> R? {
    isNull(column) ? nil : read(self)(column)
  }
}
