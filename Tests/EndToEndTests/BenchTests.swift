import Foundation
import TestKit
import Testing

/// Every benchmark runs at a small size and prints what scripts read. Its figures mean nothing here.
@Suite struct BenchTests {
  @Test(
    .timeLimit(.minutes(3)),
    arguments: [
      ["append", "--callers", "50", "--seconds", "0.3"],
      ["pipeline", "--conversations", "20", "--connections", "4", "--seconds", "1"],
      ["project", "--events", "3000"],
      ["rebuild", "--events", "3000"],
      ["api", "--messages", "2000", "--clients", "4", "--connections", "2", "--seconds", "0.3"],
      ["channels", "--seconds", "0.1"],
      ["verify", "--events", "3000"],
      ["what-if", "--conversations", "20", "--delay", "10"],
    ])
  func aBenchmarkPrintsItsFigures(_ arguments: [String]) async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Workplace.with(database: database.url) { place in
        let printed = try await place.run(["bench"] + arguments + ["--json"])
        let lines = printed.split(separator: "\n").filter { $0.hasPrefix("{") }
        #expect(!lines.isEmpty, "\(printed)")
        for line in lines {
          let result = try JSONDecoder().decode(Figures.self, from: Data(line.utf8))
          #expect(result.rate > 0 && result.ceiling > 0, "\(line)")
          #expect(abs(result.ratio - result.rate / result.ceiling) < 0.01, "\(line)")
          #expect(result.p50_ms <= result.p95_ms && result.p95_ms <= result.p99_ms, "\(line)")
          #expect(result.cpu_seconds_per_million > 0, "\(line)")
        }
      }
    }
  }

  private struct Figures: Decodable {
    let rate, ceiling, ratio, p50_ms, p95_ms, p99_ms, cpu_seconds_per_million: Double
  }
}
