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
  }

  /// After so many failures no seed is begun any more.
  private static let enough = 5

  let bugs: [PlantedBug]
  private let from: UInt64
  private let runs: Int?
  private let end: ContinuousClock.Instant?
  private let begun = ContinuousClock.now
  private let state = Mutex((begun: 0, totals: Totals(), lines: [String: String](), missed: 0))

  init(bugs: [PlantedBug], from: UInt64, runs: Int?, end: ContinuousClock.Instant?) {
    self.bugs = bugs
    self.from = from
    self.runs = runs
    self.end = end
  }

  var totals: Totals { state.withLock { $0.totals } }
  var seconds: Double { (ContinuousClock.now - begun) / .seconds(1) }
  var hasFailed: Bool { state.withLock { $0.totals.failures > 0 || $0.missed > 0 } }

  func nextSeed() -> UInt64? {
    state.withLock { state in
      let isOver = end.map { .now >= $0 } ?? (state.begun >= runs ?? 0)
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
      if isTold || !report.problems.isEmpty { print(report.line) }
      guard !report.problems.isEmpty else { return }
      state.totals.failures += 1
      for problem in report.problems.prefix(10) { print("  \(problem)") }
      let bug = bugs.first.map { " --bug \($0.name)" } ?? ""
      print("  again, step by step: aigentable bench simulate --seed \(report.seed)\(bug)")
    }
  }

  func note(_ found: SimulationReport?, of bug: PlantedBug) {
    state.withLock { state in
      if let found {
        state.lines[bug.name] = "seed \(found.seed) of \(bug.seeds): \(found.problems[0].prefix(160))"
      } else {
        state.lines[bug.name] = "NOT found within \(bug.seeds) seeds (\(bug.says))"
        state.missed += 1
      }
    }
  }

  /// What became of every planted bug, in their order.
  func tellFound() {
    let lines = state.withLock { $0.lines }
    for bug in bugs { print("\(bug.name): \(lines[bug.name] ?? "was not tried")") }
  }
}

extension SimulationReport {
  var line: String {
    String(
      format: "seed %llu: %d problems, %d steps, %.1f s, %d inputs, %d mishaps, trace %016llx", seed,
      problems.count, steps, seconds, inputs, mishaps, digest)
  }
}
