import Contracts
import EventLog
import Postgres

/// A batch of the log as rows for the table `batch`, in order of each partition.
struct DecodedBatch: Sendable {
  struct Row: Sendable {
    let position: Position
    let sequence: Int64?
    let event: EventID
    let type: EventType
    let tenant: TenantID
    /// Where the row ends in `bytes`.
    let end: Int
  }

  /// An event that is passed over, and why.
  struct Parked: Sendable {
    let position: Position
    let event: EventID
    let type: EventType
    let tenant: TenantID
    let reason: String
  }

  var rows: [Row] = []
  /// The rows in the binary format of COPY.
  var bytes: [UInt8] = []
  /// What could not even be read.
  var unreadable: [Parked] = []
  /// The cursors that the whole batch moves to.
  var cursors: [Cursor] = []
  /// How many positions the log was read on by for it.
  var passed = 0

  /// A part of the rows, for COPY.
  func copy(of range: Range<Int>) -> BinaryBuffer {
    let start = range.lowerBound == 0 ? 0 : rows[range.lowerBound - 1].end
    let end = range.isEmpty ? start : rows[range.upperBound - 1].end
    var buffer = BinaryBuffer(reserving: end - start)
    buffer.put(range.count == rows.count ? bytes : Array(bytes[start..<end]))
    return buffer
  }

  /// Where progress stands once all rows up to the end of `range` are applied.
  func cursors(after range: Range<Int>) -> [Cursor] {
    guard range.upperBound < rows.count else { return cursors }
    var last: [TopicPartition: Row] = [:]
    for row in rows[range] { last[row.position.topicPartition] = row }
    return last.map { Cursor($0.key, $0.value.position.offset.advanced(by: 1), sequence: $0.value.sequence) }
  }
}
