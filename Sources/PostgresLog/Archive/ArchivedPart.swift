import Contracts
import Crypto
import EventLog
import ObjectStore
import Postgres

/// What a reader reads of the archive: one segment at a time, held until it was read to its end.
struct ArchivedPart: Sendable {
  private let segment: Segment
  private let next: Offset

  var partition: TopicPartition { segment.partition }

  /// What lies in the archive where a cursor stands.
  enum Place {
    case part(ArchivedPart)
    /// No segment is known up to this offset, or at all: somebody removed what was noted of it.
    case gap(to: Offset?)
  }

  /// The segment that holds `cursor`.
  ///
  /// - Parameter onDamage: told of a file that is not there or not as it was archived; what can be read of it is then
  ///   given as it is, and what is in no file is passed over. Nil: both are errors.
  static func at(
    _ cursor: Cursor, in store: (any ObjectStore)?, pool: PostgresPool,
    onDamage: (@Sendable (LogDamage) -> Void)? = nil
  ) async throws -> Place {
    let row = try await pool.withConnection { connection in
      try connection.execute(
        """
        select object, sha256, next, first from log.segment
        where topic = $1 and partition = $2 and next > $3
        order by first limit 1
        """,
        [
          .int2(cursor.partition.topic.number), .int4(cursor.partition.partition.rawValue),
          .int8(cursor.offset.rawValue),
        ]
      ).first.map {
        (name: $0.text(0), digest: $0.bytes(1), next: Offset($0.int8(2)), first: Offset($0.int8(3)))
      }
    }
    guard let row, row.first <= cursor.offset else {
      guard onDamage != nil else {
        throw EventLogError(
          .misconfigured,
          "\(cursor.partition) from \(cursor.offset) on is neither in the database nor in a file of the archive; "
            + "run: aigentable audit verify")
      }
      return .gap(to: row?.first)
    }
    guard let store else {
      throw EventLogError(
        .misconfigured,
        "\(cursor.partition) from \(cursor.offset) on lies in the archive; AIGENTABLE_ARCHIVE must say where that is"
      )
    }
    let bytes: [UInt8]?
    do { bytes = try await store.get(row.name) } catch {
      throw EventLogError(.unavailable, "\(row.name) cannot be read from the archive now: \(error)")
    }
    if let bytes, Array(SHA256.hash(data: bytes)) == row.digest {
      return .part(ArchivedPart(segment: try Segment(decoding: bytes), next: row.next))
    }
    let what =
      bytes == nil
      ? "\(row.name) is not in the archive" : "\(row.name) was changed since it was archived"
    guard let onDamage else { throw EventLogError(.misconfigured, what) }
    let salvaged = Segment.salvage(bytes ?? [], of: cursor.partition, from: row.first, to: row.next)
    let read = row.first.advanced(by: Int64(salvaged.records.count))
    onDamage(LogDamage(cursor.partition, unreadable: max(read, cursor.offset)..<row.next, what))
    return .part(ArchivedPart(segment: salvaged, next: row.next))
  }

  func isDone(at offset: Offset) -> Bool { offset >= next }

  /// At most `limit` records from `cursor` on, of wanted types.
  func batch(from cursor: Cursor, limit: Int, types: Set<EventType>?) -> LogBatch {
    guard let front = segment.records.first?.position.offset else {
      return LogBatch(records: [], cursors: [Cursor(partition, next, sequence: cursor.sequence)])
    }
    // Of what was damaged the end may be missing.
    let start = min(Int(cursor.offset.rawValue - front.rawValue), segment.records.count)
    let part = segment.records[start..<min(start + limit, segment.records.count)]
    let end = part.last?.position.offset.advanced(by: 1) ?? next
    return LogBatch(
      records: part.filter { types?.contains($0.event.type) ?? true },
      cursors: [Cursor(partition, end, sequence: cursor.sequence)])
  }
}
