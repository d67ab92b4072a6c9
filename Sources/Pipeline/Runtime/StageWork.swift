import Contracts
import Foundation

/// What one transaction of a stage takes on.
struct StageWork<Outcome: Sendable>: Sendable {
  var batch = Batch()
  var finished: [Finished<Outcome>] = []
  /// Heads whose time has come.
  var due: [StreamKey] = []

  struct Batch: Sendable {
    var records: [Record] = []
    /// Where reading stands after these records, by partition.
    var next: [Partition: Reached] = [:]
  }

  var isEmpty: Bool { batch.next.isEmpty && finished.isEmpty && due.isEmpty }
}

struct Reached: Sendable, Equatable {
  let offset: Offset
  let sequence: Int64?
}

/// A key within the partition that holds it.
struct StreamKey: Hashable, Sendable {
  let partition: Partition
  let key: StreamID
}

/// An effect that has come to its end in this process.
struct Finished<Outcome: Sendable>: Sendable {
  let key: StreamKey
  let offset: Offset
  let input: EventID
  let tenant: TenantID
  let attempt: Int
  let outcome: Outcome
}

/// An effect to begin once the transaction that wants it is committed.
struct StartedEffect<Effect: Sendable>: Sendable {
  let key: StreamKey
  /// The input that it is of.
  let head: Record
  let attempt: Int
  let effect: Effect
}

/// What a committed transaction asks of the runner.
struct StageProgress<Effect: Sendable>: Sendable {
  var effects: [StartedEffect<Effect>] = []
  /// The earliest time that a head was put off to.
  var nextDue: Date?
  /// Keys that still hold inputs beyond what one turn takes.
  var handled = 0
  var outputs = 0
  var parked = 0
  /// Seconds from each handled event's time to now.
  var ages: [Double] = []
}
