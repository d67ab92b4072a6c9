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
    abstract: "Concurrent callers append 512-byte events to the embedded log.",
    discussion: """
      The ceiling is a prepared INSERT … SELECT FROM unnest(…) of the same rows, in batches as large as the log \
      reached, into a table with the same columns and indexes.
      """)

  @Option(help: "Callers at once.") var callers = 1_000
  @Option(help: "Seconds of each part.") var seconds = 10.0
  @Option(help: "Events of one call.") var batch = 1
  @Option(help: "Events a second that all callers together try for; without it, all that they can.") var pace:
    Double?
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
        notes: "\(callers) callers of \(self.batch) events, \(Int(seconds)) s; ceiling in batches of \(batch)"
      )
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
        // What is late because the one before took long counts from when it was due.
        let interval = pace.map { Duration.seconds(Double(callers * batch) / $0) }
        let first = interval.map { start + $0 * Double.random(in: 0..<1) } ?? start
        group.addTask { @Sendable in
          var due = first
          while clock.now < end {
            if interval != nil { try await Task.sleep(until: due) }
            let events = (0..<batch).map { _ in Self.event() }
            let begun = interval == nil ? clock.now : due
            _ = try await log.append(events)
            for _ in events { latencies.record(clock.now - begun) }
            if let interval { due += interval }
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
        "p99.9 ms": latencies.percentile(99.9), "events per commit": count / commits,
        "ms until the transaction begins, mean": times.waiting.seconds / count * 1_000,
        "ms of the statement, locks included": times.writing.seconds / commits * 1_000,
        "ms of commit": times.committing.seconds / commits * 1_000,
      ])
  }

  private static let tenant = TenantID(UUID.version7())
  private static let value = [UInt8](repeating: 0x61, count: 512)

  static func event(_ id: EventID = EventID(UUID.version7())) -> Event {
    Event(
      id: id, type: WebhookReceived.type, topic: .inbound,
      key: StreamID("connection-\(UInt8.random(in: 0..<100))"), tenant: tenant, time: Date(),
      source: "/bench", correlation: id, value: value)
  }
}
