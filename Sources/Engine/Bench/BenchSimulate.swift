import ArgumentParser
import Foundation
import Postgres
import Simulation

struct BenchSimulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract:
      "Run the engine's runtimes under a scheduler that follows from a seed, and look for what should never be.",
    discussion: """
      Log, stages, leases, ledger and timers of several processes run in this one, with the shipped code and the \
      shipped SQL, under a simulated clock. Processes are killed, stalled and replaced, connections break before and \
      after COMMIT, notifications are lost and doubled. Everything follows from the seed; a seed that fails is printed \
      with the command that runs it again, step by step.
      """)

  @Option(help: "Run only this seed, and print every step.") var seed: UInt64?
  @Option(help: "The first of several seeds.") var from: UInt64 = 1
  @Option(help: "How many seeds.") var runs: Int?
  @Option(help: "For how long new seeds are begun.") var minutes: Double?
  @Option(
    help: ArgumentHelp(
      "Build this fault in, to see that it is found; `all` tries each within its number of seeds.",
      visibility: .hidden)) var bug: String?
  @Option(
    help: "How many runs go on at a time, each on a database of its own; by default one for each processor.")
  var worlds: Int?
  @Flag(help: "Print a line for every seed.") var traces = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard worlds.map({ (1...64).contains($0) }) ?? true else { throw ValidationError("--worlds is 1 to 64") }
  }

  func run() async throws {
    try Self.keepOrder()
    let home = try Home.located()
    // A world and its session of Postgres work by turns. More than one of them for a processor would only push what the
    // others need out of its caches: with two a run takes a quarter more of its time.
    let count = seed != nil || traces ? 1 : worlds ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
    let work = SimulationWork(
      bugs: try bugs(), from: from, runs: minutes == nil ? runs ?? 200 : nil,
      duration: minutes.map { .seconds($0 * 60) })
    try await BenchDatabase.with(connections: 1) { database in
      try await database.withCopies(count) { urls in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for url in urls {
            // Its one connection blocks, so it has a thread of its own.
            group.addTask {
              try await Blocking.run(stack: 8 << 20) {
                try self.simulate(Simulator(url: url, home: home), work)
              }
            }
          }
          try await group.waitForAll()
        }
      }
    }
    guard seed == nil else { return }
    if bug == "all" {
      work.tellFound()
    } else {
      try report(work)
    }
    if work.hasFailed { throw ExitCode(1) }
  }

  private func bugs() throws -> [PlantedBug] {
    guard let bug else { return [] }
    if bug == "all" { return PlantedBug.all }
    guard let named = PlantedBug.named(bug) else { throw ValidationError("there is no bug \(bug)") }
    return [named]
  }

  /// Sets and dictionaries are in an order that is drawn anew in every process, unless the environment says otherwise
  /// from the start.
  private static func keepOrder() throws {
    let name = "SWIFT_DETERMINISTIC_HASHING"
    guard ProcessInfo.processInfo.environment[name] == nil else { return }
    setenv(name, "1", 1)
    let arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv(BenchKill.ownProgram.path, arguments)
    throw BenchError("the program cannot begin anew: errno \(errno)")
  }

  private func simulate(_ simulator: Simulator, _ work: SimulationWork) throws {
    if let seed {
      let report = try simulator.run(seed, bug: work.bugs.first) { print($0) }
      print(report.line)
      for problem in report.problems { print("  \(problem)") }
      if !report.problems.isEmpty { throw ExitCode(1) }
    } else if bug == "all" {
      while let bug = work.nextBug() { work.note(try search(bug, simulator), of: bug) }
    } else {
      while let seed = work.nextSeed() {
        work.note(try simulator.run(seed, bug: work.bugs.first), isTold: traces)
      }
    }
  }

  /// Looks for a bug within its number of seeds. What other problems it has is not what it is to be found by, and nothing
  /// is found by a seed that fails without it, too.
  private func search(_ bug: PlantedBug, _ simulator: Simulator) throws -> BugSearch {
    var others: String?
    for seed in 1...UInt64(bug.seeds) {
      let problems = try simulator.run(seed, bug: bug).problems
      guard let shown = bug.shown(by: problems) else {
        if others == nil, let first = problems.first { others = "seed \(seed): \(first)" }
        continue
      }
      if let own = try simulator.control(seed, of: bug).problems.first {
        return .failsWithout(seed: seed, problem: own)
      }
      return .found(seed: seed, problem: shown)
    }
    return .missed(others: others)
  }

  private func report(_ work: SimulationWork) throws {
    let totals = work.totals
    let (count, seconds) = (Double(totals.runs), work.seconds)
    let figures = [
      "runs": count, "runs a minute": count / seconds * 60, "runs that failed": Double(totals.failures),
      "steps": Double(totals.steps), "mishaps": Double(totals.mishaps), "inputs": Double(totals.inputs),
    ]
    let seen = Dictionary(
      uniqueKeysWithValues: Occurrence.allCases.map { ($0.rawValue, Double(totals.seen[$0])) })
    try BenchResult(
      name: "simulate", rate: count / seconds, ceiling: 0, p50: 0, p95: 0, p99: 0,
      cpuSecondsPerMillion: 0,
      more: figures.merging(seen) { first, _ in first },
      notes: "seeds \(from) to \(from + UInt64(max(totals.runs, 1)) - 1)"
    ).print(asJSON: json)
  }
}
