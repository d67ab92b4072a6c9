import Foundation
import JSON
import TestKit
import Testing

@Suite struct KillTests {
  /// The bench runs the model and the channel, kills the engine and judges what came of every message.
  @Test(.timeLimit(.minutes(5)))
  func noMessageIsLostOrSentTwiceHoweverOftenTheEngineIsKilled() async throws {
    let seed = LogRandom.seed(for: "kill")
    guard let server = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_DATABASE_URL"] else {
      throw TestSetupError("AIGENTABLE_TEST_DATABASE_URL names no Postgres server")
    }
    try await Workplace.with(database: server) { place in
      let bench = try place.start(
        ["bench", "kill", "--conversations", "150", "--kills", "5", "--seed", "\(seed)", "--json"])
      let status = await bench.ended()
      #expect(status == 0, "\(bench.printed.suffix(4_000))")
      let line = bench.printed.split(separator: "\n").last { $0.hasPrefix("{") }
      let more = try JSONValue(parsing: Array((line ?? "{}").utf8))["more"]
      let counts = ["delivered", "failed", "uncertain"].compactMap { more?[$0]?.double }
      #expect(counts.count == 3)
      #expect((more?["kills"]?.double ?? 0) == 5)
      #expect(more?["problems"]?.double == 0)
      #expect((more?["uncertain"]?.double ?? .infinity) <= (more?["in flight at kills"]?.double ?? 0))
    }
  }
}
