import Foundation
import JSON
import TestKit
import Testing

@Suite struct SimulationTests {
  private func simulate(_ arguments: [String]) async throws -> (status: Int32, printed: String) {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    return try await Workplace.with(database: server) { place in
      let bench = try place.start(["bench", "simulate"] + arguments)
      return (await bench.ended(), bench.printed)
    }
  }

  /// What fails is printed with the command that runs the seed again.
  @Test(.timeLimit(.minutes(5)))
  func nothingIsLostDoubledOrMisplacedWhateverHappens() async throws {
    // A fixed budget; `bench simulate --minutes` runs others.
    let (status, printed) = try await simulate(["--from", "1", "--runs", "500", "--json"])
    #expect(status == 0, "\(printed.suffix(4_000))")
    let line = printed.split(separator: "\n").last { $0.hasPrefix("{") }
    let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
    #expect(more?["runs"]?.double == 500)
    #expect(more?["runs that failed"]?.double == 0)
    let figures = Dictionary(
      uniqueKeysWithValues: try #require(more?.object).map { ($0.key, $0.value.double ?? 0) })
    for (what, least) in Self.befalls {
      #expect(figures[what] ?? 0 >= least, "runs became thinner: \(figures[what] ?? 0) \(what)")
    }
    // Whoever adds something that may befall a run says here how often it has to.
    let told: Set = ["runs", "runs a minute", "runs that failed"]
    #expect(Set(figures.keys).subtracting(told) == Set(Self.befalls.keys))
  }

  /// What 500 runs have to hold at least, about half of what they hold now: a simulator finds nothing where nothing
  /// happens.
  private static let befalls: [String: Double] = [
    "steps": 325_000, "mishaps": 750, "inputs": 3_500,
    "processes killed": 175, "processes stalled": 125, "processes stalled past a lease": 20,
    "processes replaced": 40, "processes joined": 40, "worlds of three processes": 100,
    "partitions taken over": 700, "times that Postgres was away": 35, "jumps of the server's date": 40,
    "connections refused": 750,
    "connections lost": 10, "commits made and not heard of": 75, "commits lost": 75,
    "statements that took long": 1_400, "notifications lost": 3_500, "notifications doubled": 1_500,
    "owners that slept through their lease in a transaction": 15,
    "records that brokers did not answer for": 5, "events posted again": 750, "effects tried again": 1_000,
    "calls that took long": 125, "intents looked for at a call": 1_250, "timers set": 500,
    "inputs parked": 150,
    "inputs given up": 40,
    "sends declared uncertain": 25, "effects given up": 150, "lags of stages looked at": 1_650,
    "lags of stages above 0": 550, "ages of inputs told": 3_500, "backlogs of stages looked at": 850,
    "backlogs of stages above 0": 750, "lags of projections looked at": 100,
    "lags of projections above 0": 70,
    "outboxes looked at": 100, "outboxes that were not empty": 80,
    "tails of the log more than half full": 200, "portions of a relay as large as may be": 40,
    "batches of a projection as large as may be": 50, "rebuilds made live": 40,
    "rebuilds held back": 15, "rebuilds interrupted": 25, "reads of a read model": 1_750,
  ]

  /// Each of the faults that are built in on purpose leads to the very problem that it has to lead to, within its number
  /// of seeds, and the same seed in the same scene has no problem without it.
  @Test(.timeLimit(.minutes(5)))
  func everyPlantedBugIsFound() async throws {
    let (status, printed) = try await simulate(["--bug", "all"])
    #expect(status == 0, "\(printed.suffix(4_000))")
    let lines = printed.split(separator: "\n")
    let found = lines.count { $0.contains(": seed ") && $0.contains(", sound without it: ") }
    #expect(found == 32 && !printed.contains("NOT found"), "\(printed)")
  }

  /// What is printed of a seed that fails is run as it stands, and shows the same problems after every step.
  @Test(.timeLimit(.minutes(5)))
  func aSeedThatFailsIsReplayedByTheCommandThatWasPrinted() async throws {
    let (status, printed) = try await simulate(["--bug", "duplicate-taken", "--runs", "20"])
    #expect(status != 0)
    let lines = printed.split(separator: "\n")
    let (intro, command) = ("  again, step by step: ", "aigentable bench simulate ")
    let place = try #require(lines.firstIndex { $0.hasPrefix(intro + command) }, "\(printed.suffix(4_000))")
    let arguments = lines[place].dropFirst((intro + command).count).split(separator: " ").map(String.init)
    let (again, steps) = try await simulate(arguments)
    #expect(again != 0)
    let replayed = steps.split(separator: "\n")
    // The line of the seed with its trace, and its problems.
    let begin = try #require(lines[..<place].lastIndex { $0.hasPrefix("seed ") })
    #expect(begin + 1 < place)
    for line in lines[begin..<place] { #expect(replayed.contains(line), "\(line)") }
    #expect(replayed.count { $0.contains(" asks postgres ") } > 10)
    // Whose step it was, what it asked for, and that it was done.
    #expect(replayed.contains { $0.contains("  ingress    asks: ") && $0.contains(" log.append") })
    #expect(replayed.contains { $0.contains("  worker-") && $0.hasSuffix("    asks: commit") })
    // The problems are those of this bug, and stand after the steps.
    let told = lines[(begin + 1)..<place]
    #expect(told.contains { $0.contains(" times in the log") }, "\(told)")
    let last = try #require(replayed.lastIndex { $0.contains(" s  ") && $0.contains("  ingress  ") })
    #expect(replayed.lastIndex { $0.contains(" times in the log") }.map { $0 > last } == true)
    // Only whoever asks for the steps has them.
    #expect(!lines.contains { $0.contains(" asks: ") })
  }

  /// Of every scene: stages, contested ones, a relay and a projection are among the first seven seeds.
  @Test(.timeLimit(.minutes(5)))
  func theSameSeedIsTheSameRun() async throws {
    // One process plays them all, the others one each.
    let trace = "trace "
    func traces(_ printed: String) -> [Substring] {
      printed.split(separator: "\n").filter { $0.hasPrefix("seed ") }
        .compactMap { line in line.firstRange(of: trace).map { line[$0.upperBound...] } }
    }
    let after = traces(try await simulate(["--from", "1", "--runs", "7", "--traces"]).printed)
    try #require(after.count == 7)
    var steps = ""
    for seed in 1...7 {
      let printed = try await simulate(["--seed", "\(seed)"]).printed
      #expect(traces(printed) == [after[seed - 1]], "seed \(seed)")
      steps += printed
    }
    // What the seeds decided is told with the steps.
    for decision in Self.decisions { #expect(steps.contains(decision), "no step of seven seeds \(decision)") }
  }

  private static let decisions = [
    "    asks: ", "    calls: ", " is killed", "    stands still for ", "    is refused",
    "    the connection breaks", "    waits ", "    a notification of ",
  ]
}
