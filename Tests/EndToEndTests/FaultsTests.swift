import Foundation
import JSON
import TestKit
import Testing

@Suite struct FaultsTests {
  /// 64 writers whose sessions are ended among their appends, and readers who note whatever they saw.
  @Test(.timeLimit(.minutes(5)))
  func theLogKeepsWhatWasAcknowledgedAndReadersSeeNothingChange() async throws {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    try await Workplace.with(database: server) { place in
      let bench = try place.start(
        [
          "bench", "faults", "--part", "log", "--minutes", "0.15", "--seed",
          "\(LogRandom.seed(for: "faults") % 1_000_000)", "--json",
        ])
      let status = await bench.ended()
      #expect(status == 0, "\(bench.printed.suffix(4_000))")
      let line = bench.printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      #expect(more?["problems"]?.double == 0)
      #expect((more?["log: appends acknowledged"]?.double ?? 0) > 500)
      #expect(more?["log: records"]?.double ?? 0 >= more?["log: appends acknowledged"]?.double ?? .infinity)
      #expect((more?["log: records read"]?.double ?? 0) > 1_000)
    }
  }
}
