import Contracts
import EventLog

/// Where reading of one partition stands, and what of it reaches the caller. Pure.
package struct PartitionReading: Sendable {
  package enum Verdict: Equatable {
    case deliver
    /// Read only to know what came before the start.
    case before
    /// Stands in the log already: the same event, or one that a relay published twice.
    case repeated
    /// Was handed over before.
    case past
  }

  /// The first offset that reaches the caller.
  let start: Offset
  private(set) var next: Offset
  package private(set) var sequence: Int64?
  private var window: RepeatWindow

  package init(start: Offset, sequence: Int64?, span: Int64 = RepeatWindow.defaultSpan) {
    self.start = start
    self.sequence = sequence
    next = .zero
    window = RepeatWindow(span: span)
  }

  /// Takes the record at `offset`. `id` is nil for a record that is not wanted anyway: its repetitions are
  /// not wanted either.
  package mutating func take(_ offset: Offset, id: EventID?, sequence number: Int64?) -> Verdict {
    guard offset >= next else { return .past }
    next = offset.advanced(by: 1)
    var isRepeated = id.map { window.isRepeated($0, at: offset.rawValue) } ?? false
    if let number {
      if let sequence, number <= sequence { isRepeated = true } else { sequence = number }
    }
    if offset < start { return .before }
    return isRepeated ? .repeated : .deliver
  }

  /// The partition ends at `offset` for now. What lies before it and was not seen are markers of
  /// transactions, or was compacted away: nothing to read.
  mutating func reachEnd(_ offset: Offset) {
    next = max(next, offset)
  }

  /// The cursor to hand out once something at or after the start was passed.
  func cursor(of partition: TopicPartition) -> Cursor? {
    next > start ? Cursor(partition, next, sequence: sequence) : nil
  }
}
