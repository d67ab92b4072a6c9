import Contracts
import EventLog

/// From where a partition is fetched so that reading can begin at a cursor. Pure.
struct ReadingStart: Equatable {
  /// The first offset that reaches the caller.
  let start: Offset
  /// The first offset that is fetched: a window earlier, so that repetitions are known whatever the start.
  let fetch: Offset

  /// - Parameters:
  ///   - low: the first offset that the partition still holds.
  ///   - end: its next offset.
  init(
    _ cursor: Cursor, low: Offset, end: Offset, span: Int64 = RepeatWindow.defaultSpan
  ) throws(EventLogError) {
    // Offset 0 means the beginning, wherever that is by now.
    start = cursor.offset == .zero ? low : cursor.offset
    guard start >= low else {
      throw EventLogError(
        .misconfigured,
        "\(cursor.partition) is to be read from offset \(start), but holds only \(low) to \(end): "
          + "what stood there was removed by the topic's retention")
    }
    guard start <= end else {
      throw EventLogError(
        .misconfigured,
        "\(cursor.partition) is to be read from offset \(start), but ends at \(end): "
          + "the topic was truncated or made anew")
    }
    fetch = max(low, start.advanced(by: -span))
  }
}
