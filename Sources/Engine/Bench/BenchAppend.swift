import ArgumentParser
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import PostgresLog

struct BenchAppend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append",
    abstract: "Concurrent callers append one 512-byte event each to the embedded log.",
    discussion: """
      The ceiling is a prepared INSERT … SELECT FROM unnest(…) of the same rows, in batches as large as the log \
      reached, into a table with the same columns and indexes.
      """)

  @Option(help: "Callers at once.") var callers = 1_000
  @Option(help: "Seconds of each part.") var seconds = 10.0
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let result = try await BenchDatabase.with(connections: 8) { database in
      let log = try await database.makeLog()
      try await warmUp(log)
      let (ours, spent) = try await ProcessorProfile.during(database) { try await measure(log) }
      let batch = max(1, Int(ours.batch.rounded()))
      let ceiling = try await RawInserts.rate(database, batch: batch, seconds: seconds, bytes: 512)
      await log.close()
      return BenchResult(
        name: "append", rate: ours.rate, ceiling: ceiling, p50: ours.latencies.percentile(50),
        p95: ours.latencies.percentile(95), p99: ours.latencies.percentile(99),
        cpuSecondsPerMillion: ours.cpu,
        more: ours.profile.merging(spent.each(of: ours.latencies.count)) { first, _ in first },
        notes: "\(callers) callers, \(Int(seconds)) s; ceiling in batches of \(batch)")
    }
    try result.print(asJSON: json)
  }

  struct Measured {
    let rate: Double
    let batch: Double
    let cpu: Double
    let latencies: Latencies
    let profile: [String: Double]
  }

  private func warmUp(_ log: PostgresLog) async throws {
    for _ in 0..<20 { _ = try await log.append((0..<100).map { _ in Self.event() }) }
  }

  func measure(_ log: PostgresLog) async throws -> Measured {
    let latencies = Latencies()
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    let before = log.appendTimes
    let cpu = processorSeconds()
    try await withThrowingTaskGroup { group in
      for _ in 0..<callers {
        group.addTask { @Sendable in
          while clock.now < end {
            let event = Self.event()
            let begun = clock.now
            _ = try await log.append([event])
            latencies.record(clock.now - begun)
          }
        }
      }
      try await group.waitForAll()
    }
    let count = Double(latencies.count)
    let times = log.appendTimes - before
    let commits = Double(max(1, times.commits))
    return Measured(
      rate: count / ((clock.now - start) / .seconds(1)), batch: count / commits,
      cpu: (processorSeconds() - cpu) / count * 1e6, latencies: latencies,
      profile: [
        "events per commit": count / commits,
        "ms until the transaction begins, mean": times.waiting.seconds / count * 1_000,
        "ms of the statement, locks included": times.writing.seconds / commits * 1_000,
        "ms of commit": times.committing.seconds / commits * 1_000,
      ])
  }

  private static let tenant = TenantID(UUID.version7())
  private static let value = [UInt8](repeating: 0x61, count: 512)

  static func event() -> Event {
    let id = EventID(UUID.version7())
    return Event(
      id: id, type: WebhookReceived.type, topic: .inbound,
      key: StreamID("connection-\(UInt8.random(in: 0..<100))"), tenant: tenant, time: Date(),
      source: "/bench", correlation: id, value: value)
  }
}
