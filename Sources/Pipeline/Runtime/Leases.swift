import Contracts

/// The partitions of one stage that this process holds, and those of them that it is giving up: nothing is
/// begun there any more, and once nothing runs the lease is released.
struct Leases: Sendable {
  /// How long a lease lasts without being renewed.
  static let duration = Duration.seconds(15)
  /// How often an owner looks whether others came or went; shares move within a few of these.
  static let look = Duration.seconds(1)

  private(set) var epochs: [Partition: Int64] = [:]
  /// What is being given up, and since when.
  private(set) var leaving: [Partition: ContinuousClock.Instant] = [:]

  var partitions: [Partition] { epochs.keys.sorted() }

  /// The epochs of the partitions where work is begun.
  var working: [Partition: Int64] { epochs.filter { leaving[$0.key] == nil } }

  func isLeaving(_ partition: Partition) -> Bool { leaving[partition] != nil }

  /// Takes over what the database says is held. What exceeds the share is given up: first what was being given
  /// up already, then where least runs.
  mutating func hold(
    _ held: [Partition: Int64], share: Int, running: Set<StreamKey>, at now: ContinuousClock.Instant
  ) {
    let loads = Dictionary(running.map { ($0.partition, 1) }, uniquingKeysWith: +)
    let order = held.keys.sorted { first, second in
      (isLeaving(first) ? 0 : 1, loads[first] ?? 0, first) < (
        isLeaving(second) ? 0 : 1, loads[second] ?? 0, second
      )
    }
    epochs = held
    leaving = Dictionary(
      uniqueKeysWithValues: order.prefix(max(0, held.count - share)).map { ($0, leaving[$0] ?? now) })
  }

  mutating func leaveAll(at now: ContinuousClock.Instant) {
    hold(epochs, share: 0, running: [], at: now)
  }

  /// What can be released: nothing runs there, or did for longer than `patience`.
  func left(
    running: Set<StreamKey>, at now: ContinuousClock.Instant, patience: Duration
  ) -> [Partition] {
    let busy = Set(running.map(\.partition))
    return leaving.filter { !busy.contains($0.key) || now - $0.value >= patience }.keys.sorted()
  }

  mutating func drop(_ partitions: [Partition]) {
    for partition in partitions {
      epochs[partition] = nil
      leaving[partition] = nil
    }
  }
}
