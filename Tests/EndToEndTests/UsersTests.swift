import Foundation
import JSON
import TestKit
import Testing

@Suite struct UsersTests {
  /// The bench starts an engine, connects visitors by event streams, and judges what reaches them.
  @Test(.timeLimit(.minutes(5)))
  func everyVisitorIsAnsweredInOrder() async throws {
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    try await Workplace.with(database: server) { place in
      let bench = try place.start(
        [
          "bench", "users", "--users", "60", "--minutes", "0.1", "--interval", "3", "--seed",
          "\(LogRandom.seed(for: "users") % 1_000_000)", "--json",
        ])
      let status = await bench.ended()
      #expect(status == 0, "\(bench.printed.suffix(4_000))")
      let line = bench.printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      // Two intervals.
      #expect(more?["messages answered"]?.double == 120)
      #expect(more?["messages lost"]?.double == 0)
      #expect(more?["out of order or doubled"]?.double == 0)
      #expect((more?["first tokens measured"]?.double ?? 0) > 60)
      #expect((more?["whole reply, with the model's time, p50 ms"]?.double ?? 0) > 400)
    }
  }
}
