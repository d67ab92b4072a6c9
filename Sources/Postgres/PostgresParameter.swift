import FoundationEssentials

/// A value bound to a statement, sent in Postgres's binary format
/// (PostgreSQL documentation, "Frontend/Backend Protocol"; layouts from the types' `*send` functions).
package enum PostgresParameter: Sendable {
  case null
  case bool(Bool)
  case int2(Int16)
  case int4(Int32)
  case int8(Int64)
  case double(Double)
  case text(String)
  case uuid(UUID)
  case bytes([UInt8])
  case timestamp(Date)
  /// UTF-8 JSON text.
  case jsonb([UInt8])
  case int2s([Int16])
  case int4s([Int32])
  case int8s([Int64])
  case doubles([Double])
  case bools([Bool])
  case texts([String?])
  case uuids([UUID?])
  case byteStrings([[UInt8]?])
  case timestamps([Date?])

  var oid: UInt32 {
    switch self {
    case .null: 0
    case .bool: 16
    case .int2: 21
    case .int4: 23
    case .int8: 20
    case .double: 701
    case .text: 25
    case .uuid: 2950
    case .bytes: 17
    case .timestamp: 1184
    case .jsonb: 3802
    case .int2s: 1005
    case .int4s: 1007
    case .int8s: 1016
    case .doubles: 1022
    case .bools: 1000
    case .texts: 1009
    case .uuids: 2951
    case .byteStrings: 1001
    case .timestamps: 1185
    }
  }

  /// Appends the binary form; false for null.
  func write(to buffer: inout BinaryBuffer) -> Bool {
    switch self {
    case .null: return false
    case .bool(let value): buffer.put(UInt8(value ? 1 : 0))
    case .int2(let value): buffer.put(value)
    case .int4(let value): buffer.put(value)
    case .int8(let value): buffer.put(value)
    case .double(let value): buffer.put(value.bitPattern)
    case .text(let value): buffer.put(value)
    case .uuid(let value): buffer.put(value)
    case .bytes(let value): buffer.put(value)
    case .timestamp(let value): buffer.put(value)
    case .jsonb(let value):
      buffer.put(UInt8(1))
      buffer.put(value)
    case .int2s(let values): buffer.putArray(of: 21, values) { $0.putField($1) }
    case .int4s(let values): buffer.putArray(of: 23, values) { $0.putField($1) }
    case .int8s(let values): buffer.putArray(of: 20, values) { $0.putField($1) }
    case .doubles(let values): buffer.putArray(of: 701, values) { $0.putField($1.bitPattern) }
    case .bools(let values): buffer.putArray(of: 16, values) { $0.putField(UInt8($1 ? 1 : 0)) }
    case .texts(let values): buffer.putArray(of: 25, values) { $0.putField($1) }
    case .uuids(let values): buffer.putArray(of: 2950, values) { $0.putField($1) }
    case .byteStrings(let values): buffer.putArray(of: 17, values) { $0.putField($1) }
    case .timestamps(let values): buffer.putArray(of: 1184, values) { $0.putField($1) }
    }
    return true
  }
}
