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
    let (status, printed) = try await simulate(["--from", "1", "--runs", "100", "--json"])
    #expect(status == 0, "\(printed.suffix(4_000))")
    let line = printed.split(separator: "\n").last { $0.hasPrefix("{") }
    let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
    #expect(more?["runs"]?.double == 100)
    #expect(more?["runs that failed"]?.double == 0)
    #expect((more?["mishaps"]?.double ?? 0) > 50)
    #expect((more?["inputs"]?.double ?? 0) > 600)
  }

  /// Each of the faults that are built in on purpose shows itself within its number of seeds.
  @Test(.timeLimit(.minutes(5)))
  func everyPlantedBugIsFound() async throws {
    let (status, printed) = try await simulate(["--bug", "all"])
    #expect(status == 0, "\(printed.suffix(4_000))")
    let lines = printed.split(separator: "\n")
    #expect(lines.count { $0.contains(": seed ") } == 22 && !printed.contains("NOT found"), "\(printed)")
  }

  @Test(.timeLimit(.minutes(5)))
  func theSameSeedIsTheSameRun() async throws {
    // One process plays them all, the others one each.
    let trace = "trace "
    func traces(_ arguments: [String]) async throws -> [Substring] {
      try await simulate(arguments).printed.split(separator: "\n").filter { $0.hasPrefix("seed ") }
        .compactMap { line in line.firstRange(of: trace).map { line[$0.upperBound...] } }
    }
    let after = try await traces(["--from", "1", "--runs", "7", "--traces"])
    try #require(after.count == 7)
    for seed in [3, 7] {
      let alone = try await traces(["--seed", "\(seed)"])
      #expect(alone == [after[seed - 1]], "seed \(seed)")
    }
  }
}
