import Foundation
import Simulation
import Synchronization

/// Which seeds, or which planted bugs, are left to do, and what came of the others, for any number of threads.
final class SimulationWork: Sendable {
  struct Totals: Sendable {
    var runs = 0
    var failures = 0
    var steps = 0
    var mishaps = 0
    var inputs = 0
    var seen = Occurrences()
  }

  /// After so many failures no seed is begun any more.
  private static let enough = 5

  let bugs: [PlantedBug]
  private let from: UInt64
  private let runs: Int?
  private let duration: Duration?
  private let state = Mutex(
    (start: nil as ContinuousClock.Instant?, begun: 0, totals: Totals(), lines: [String: String](), missed: 0)
  )

  /// - Parameter duration: for how long seeds are begun, from the first on.
  init(bugs: [PlantedBug], from: UInt64, runs: Int?, duration: Duration?) {
    self.bugs = bugs
    self.from = from
    self.runs = runs
    self.duration = duration
  }

  var totals: Totals { state.withLock { $0.totals } }
  /// Since the first seed was begun.
  var seconds: Double { state.withLock { ($0.start.map { .now - $0 } ?? .zero) / .seconds(1) } }
  var hasFailed: Bool { state.withLock { $0.totals.failures > 0 || $0.missed > 0 } }

  func nextSeed() -> UInt64? {
    state.withLock { state in
      let start = state.start ?? .now
      state.start = start
      let isOver = duration.map { .now - start >= $0 } ?? (state.begun >= runs ?? 0)
      guard !isOver, state.totals.failures < Self.enough else { return nil }
      defer { state.begun += 1 }
      return from + UInt64(state.begun)
    }
  }

  func nextBug() -> PlantedBug? {
    state.withLock { state in
      guard state.begun < bugs.count else { return nil }
      defer { state.begun += 1 }
      return bugs[state.begun]
    }
  }

  /// - Parameter isTold: whether there is a line for it even when all is well.
  func note(_ report: SimulationReport, isTold: Bool) {
    state.withLock { state in
      state.totals.runs += 1
      state.totals.steps += report.steps
      state.totals.mishaps += report.mishaps
      state.totals.inputs += report.inputs
      state.totals.seen += report.seen
      if isTold || !report.problems.isEmpty { print(report.line) }
      guard !report.problems.isEmpty else { return }
      state.totals.failures += 1
      for problem in report.problems.prefix(10) { print("  \(problem)") }
      let bug = bugs.first.map { " --bug \($0.name)" } ?? ""
      print("  again, step by step: aigentable bench simulate --seed \(report.seed)\(bug)")
    }
  }

  func note(_ search: BugSearch, of bug: PlantedBug) {
    state.withLock { state in
      state.lines[bug.name] = search.line(of: bug)
      if case .found = search { return }
      state.missed += 1
    }
  }

  /// What became of every planted bug, in their order.
  func tellFound() {
    let lines = state.withLock { $0.lines }
    for bug in bugs { print("\(bug.name): \(lines[bug.name] ?? "was not tried")") }
  }
}

/// What came of the search for a planted bug.
enum BugSearch {
  /// The problem that it has to lead to, in a seed that has none without it.
  case found(seed: UInt64, problem: String)
  /// The seed fails without the bug, too.
  case failsWithout(seed: UInt64, problem: String)
  /// - Parameter others: the first problem that it had instead.
  case missed(others: String?)

  func line(of bug: PlantedBug) -> String {
    switch self {
    case .found(let seed, let problem):
      "seed \(seed) of \(bug.seeds), sound without it: \(problem.prefix(160))"
    case .failsWithout(let seed, let problem):
      "NOT found: seed \(seed) fails without it, too: \(problem.prefix(160))"
    case .missed(let others):
      "NOT found within \(bug.seeds) seeds (\(bug.says)); \(others.map { "instead, \($0.prefix(160))" } ?? "all were sound")"
    }
  }
}

extension SimulationReport {
  var line: String {
    String(
      format: "seed %llu: %d problems, %d steps, %.1f s, %d inputs, %d mishaps, trace %016llx", seed,
      problems.count, steps, seconds, inputs, mishaps, digest)
  }
}
