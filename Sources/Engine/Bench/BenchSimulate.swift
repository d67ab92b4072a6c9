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
  @Flag(help: "Print a line for every seed.") var traces = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    try Self.keepOrder()
    try await BenchDatabase.with(connections: 1) { database in
      let home = try Home.located()
      // Its one connection blocks, so it has a thread of its own.
      try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
        let thread = Thread {
          done.resume(with: Result { try simulate(Simulator(url: database.url, home: home)) })
        }
        thread.stackSize = 8 << 20
        thread.start()
      }
    }
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

  private func simulate(_ simulator: Simulator) throws {
    if bug == "all" { return try findAll(simulator) }
    let bug = try bug.map { name in
      guard let bug = PlantedBug.named(name) else { throw ValidationError("there is no bug \(name)") }
      return bug
    }
    if let seed {
      let report = try simulator.run(seed, bug: bug) { print($0) }
      print(Self.line(report))
      for problem in report.problems { print("  \(problem)") }
      if !report.problems.isEmpty { throw ExitCode(1) }
      return
    }
    let start = ContinuousClock.now
    let end = minutes.map { start + .seconds($0 * 60) }
    var (count, failures, steps, mishaps, inputs) = (0, 0, 0, 0, 0)
    while end.map({ .now < $0 }) ?? (count < (runs ?? 200)) {
      let report = try simulator.run(from + UInt64(count), bug: bug)
      count += 1
      steps += report.steps
      mishaps += report.mishaps
      inputs += report.inputs
      if traces { print(Self.line(report)) }
      guard !report.problems.isEmpty else { continue }
      failures += 1
      tell(report, bug)
      if failures == 5 { break }
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try BenchResult(
      name: "simulate", rate: Double(count) / seconds, ceiling: 0, p50: 0, p95: 0, p99: 0,
      cpuSecondsPerMillion: 0,
      more: [
        "runs": Double(count), "runs a minute": Double(count) / seconds * 60,
        "runs that failed": Double(failures),
        "steps": Double(steps), "mishaps": Double(mishaps), "inputs": Double(inputs),
      ], notes: "seeds \(from) to \(from + UInt64(max(count, 1)) - 1)"
    ).print(asJSON: json)
    if failures > 0 { throw ExitCode(1) }
  }

  /// Fails unless every planted bug shows itself within its number of seeds.
  private func findAll(_ simulator: Simulator) throws {
    var missed = 0
    for bug in PlantedBug.all {
      var found: SimulationReport?
      for seed in 1...UInt64(bug.seeds) where found == nil {
        let report = try simulator.run(seed, bug: bug)
        if !report.problems.isEmpty { found = report }
      }
      if let found {
        print("\(bug.name): seed \(found.seed) of \(bug.seeds): \(found.problems[0].prefix(160))")
      } else {
        missed += 1
        print("\(bug.name): NOT found within \(bug.seeds) seeds (\(bug.says))")
      }
    }
    if missed > 0 { throw ExitCode(1) }
  }

  private func tell(_ report: SimulationReport, _ bug: PlantedBug?) {
    print(Self.line(report))
    for problem in report.problems.prefix(10) { print("  \(problem)") }
    print("  again: aigentable bench simulate --seed \(report.seed)\(bug.map { " --bug \($0.name)" } ?? "")")
  }

  private static func line(_ report: SimulationReport) -> String {
    String(
      format: "seed %llu: %d problems, %d steps, %.1f s, %d inputs, %d mishaps, trace %016llx", report.seed,
      report.problems.count, report.steps, report.seconds, report.inputs, report.mishaps, report.digest)
  }
}
