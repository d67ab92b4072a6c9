import ArgumentParser
import Contracts
import Foundation
import PostgresLog
import Postgres
import Logging
import Projections

struct BenchProject: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project",
    abstract: "Live projections follow a log of conversations: conversations, analytics and usage.",
    discussion: """
      Each is made live on an empty log, which is then filled; measured is how fast its runner comes to the \
      end. \
      The ceiling is binary COPY and INSERT … SELECT of the same rows into a table with a primary key, in \
      batches of the same size.
      """)

  @Option(help: "Events in the log.") var events = 300_000
  @Option(help: "Only this projection; may be repeated.") var only: [String] = []
  @Flag(help: "Print one JSON object for each projection.") var json = false

  private static let batchSize = 5_000

  func run() async throws {
    let home = try Home.located()
    let names = only.isEmpty ? ["conversations", "analytics", "usage"] : only
    let definitions = try names.map { try ProjectionDefinition.load(home.folder("projections/\($0)")) }
    let results = try await BenchDatabase.with(connections: 6) { database in
      let traffic = try await BenchTrafficLog(database)
      for definition in definitions { try await makeLive(definition, traffic) }
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      var results: [BenchResult] = []
      for definition in definitions { results.append(try await measure(definition, traffic)) }
      await traffic.log.close()
      return results
    }
    for result in results { try result.print(asJSON: json) }
  }

  private func makeLive(_ definition: ProjectionDefinition, _ traffic: BenchTrafficLog) async throws {
    let rebuild = Rebuild(
      log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    _ = try await rebuild.run(definition)
  }

  private func measure(_ definition: ProjectionDefinition, _ traffic: BenchTrafficLog) async throws
    -> BenchResult
  {
    let expected = try await traffic.count(definition)
    let ceiling = BenchProjectCeiling(
      traffic: traffic, definition: definition, batchSize: Self.batchSize, synchronousCommit: true)
    let before = try await ceiling.measure(min(expected, 100_000))
    let cpu = processorSeconds()
    let (ours, spent) = try await ProcessorProfile.during(traffic.database) {
      try await follow(definition, traffic, expected)
    }
    let seconds = processorSeconds() - cpu
    let after = try await ceiling.measure(min(expected, 100_000))
    return BenchResult(
      name: "project \(definition.name)", rate: Double(expected) / ours.seconds,
      ceiling: (before + after) / 2,
      p50: ours.latencies.percentile(50), p95: ours.latencies.percentile(95),
      p99: ours.latencies.percentile(99),
      cpuSecondsPerMillion: seconds / Double(expected) * 1e6,
      more: ["events per transaction": Double(expected) / Double(max(1, ours.latencies.count))]
        .merging(spent.each(of: expected)) { first, _ in first },
      notes: "\(expected) events; latency is the time of one transaction; ceiling measured before and after")
  }

  /// Runs the projection until it has applied `count` events.
  private func follow(
    _ definition: ProjectionDefinition, _ traffic: BenchTrafficLog, _ count: Int
  ) async throws -> (seconds: Double, latencies: Latencies) {
    let (written, writes) = AsyncStream.makeStream(of: (ContinuousClock.Instant, WriteResult).self)
    let runner = ProjectionRunner(
      definition, log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"), batchSize: Self.batchSize,
      onWrite: { writes.yield((ContinuousClock.now, $0)) })
    let latencies = Latencies()
    let start = ContinuousClock.now
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { writes.finish() }
        try await runner.run()
      }
      var last = start
      var left = count
      for await (time, result) in written {
        guard result.parked == 0 else {
          throw BenchError("\(definition.name) parked \(result.parked) events")
        }
        latencies.record(time - last)
        last = time
        left -= result.applied
        if left <= 0 { break }
      }
      group.cancelAll()
      try await group.waitForAll()
      guard left <= 0 else { throw BenchError("\(definition.name) stopped \(left) events before the end") }
      return ((last - start) / .seconds(1), latencies)
    }
  }
}

/// A benchmark came to something else than it should, so that its figures would mean nothing.
struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
