import Projections

/// A piece of time each, without and with something beside the live work.
struct LiveTurns: Sendable {
  private(set) var quiet = QuietTurns()
  private(set) var busy: [LiveLatencies] = []
  /// Before each start and after it, apart: minutes lie between them and the other turns.
  private(set) var quietAtStarts = QuietTurns()
  /// Before and after the ends: other turns without saw another log and other tables.
  private(set) var quietAtEnds = QuietTurns()
  private(set) var ends: [LiveLatencies] = []
  private let allBusy = Latencies()
  private let allEnds = Latencies()
  let learning = LiveLatencies()
  var phases: [String: Double] = [:]
  /// That the rebuild moved past in the turns with it.
  var positions: Int64 = 0

  mutating func nextQuiet() -> LiveLatencies { quiet.next() }
  mutating func nextQuietAtStart() -> LiveLatencies { quietAtStarts.next() }
  mutating func nextQuietAtEnd() -> LiveLatencies { quietAtEnds.next() }

  mutating func nextBusy() -> LiveLatencies {
    busy.append(LiveLatencies(and: [allBusy]))
    return busy[busy.count - 1]
  }

  /// The end of the next rebuild.
  mutating func nextEnd(_ phases: PhaseLatencies) -> LiveLatencies {
    ends.append(LiveLatencies(phases, and: [allEnds]))
    return ends[ends.count - 1]
  }

  /// - Parameter bound: how much larger the p99 may become; 0.2 for a fifth.
  func growth(atMost bound: Double) -> LiveGrowth { quiet.growth(to: allBusy, atMost: bound) }

  /// Each part of a rebuild that was measured, by its name, against the turns without of the same time.
  func parts(atMost bound: Double) -> [(name: String, growth: LiveGrowth)] {
    [
      ("with the rebuild", allBusy, quiet), ("beside its first seconds", learning.all, quietAtStarts),
      ("beside its end", allEnds, quietAtEnds),
    ]
    .filter { $0.1.count > 0 }
    .map { ($0.0, $0.2.growth(to: $0.1, atMost: bound)) }
  }
}

/// Turns of live work alone: all together, and in two halves of which each has as many early as late ones.
struct QuietTurns: Sendable {
  private(set) var turns: [LiveLatencies] = []
  let all = Latencies()
  private let halves = [Latencies(), Latencies()]

  mutating func next() -> LiveLatencies {
    // By turns as 0, 1, 1, 0.
    let turn = LiveLatencies(and: [all, halves[(turns.count + 1) / 2 % 2]])
    turns.append(turn)
    return turn
  }

  func growth(to part: Latencies, atMost bound: Double) -> LiveGrowth {
    LiveGrowth(
      quiet: all.percentile(99), busy: part.percentile(99), halves: halves.map { $0.percentile(99) },
      samples: (halves + [part]).map(\.count).min() ?? 0, bound: bound)
  }
}

extension [LiveLatencies] {
  /// Of the turns' percentiles, the one in the middle, in milliseconds.
  func median(_ percent: Double, of part: KeyPath<LiveLatencies, Latencies> = \.all) -> Double {
    let values = map { $0[keyPath: part].percentile(percent) }.sorted()
    guard !values.isEmpty else { return 0 }
    return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
  }
}
