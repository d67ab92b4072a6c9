import ArgumentParser
import Foundation
import PostgresLog
import Postgres
import Logging
import Projections
import Synchronization

struct BenchRebuild: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Build a projection from the log, as the command rebuild does.",
    discussion: """
      Measured is the whole: reading, opening, applying, indexes and the switch. The ceiling is binary COPY and \
      INSERT … SELECT of the same rows into a table with a primary key, in batches of the same size.
      """)

  @Argument(help: "The projection.") var name = "conversations"
  @Option(help: "Events in the log.") var events = 1_000_000
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let definition = try ProjectionDefinition.load(Home.located().folder("projections/\(name)"))
    let result = try await BenchDatabase.with(connections: 6) { database in
      var traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      let result = try await measure(definition, traffic)
      await traffic.log.close()
      return result
    }
    try result.print(asJSON: json)
  }

  private func measure(_ definition: ProjectionDefinition, _ traffic: BenchTrafficLog) async throws
    -> BenchResult
  {
    let options = Rebuild.Options()
    let expected = try await traffic.count(definition)
    let ceiling = BenchProjectCeiling(
      traffic: traffic, definition: definition, batchSize: options.batchSize, synchronousCommit: false)
    let before = try await ceiling.measure(min(expected, 200_000))
    let latencies = Latencies()
    let start = ContinuousClock.now
    let last = Mutex(start)
    let cpu = processorSeconds()
    let rebuild = Rebuild(
      log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    let (report, spent) = try await ProcessorProfile.during(traffic.database) {
      try await rebuild.run(definition, options) { _ in
        let now = ContinuousClock.now
        latencies.record(
          last.withLock { last in
            defer { last = now }
            return now - last
          })
      }
    }
    let whole = (ContinuousClock.now - start) / .seconds(1)
    let used = processorSeconds() - cpu
    let applying = (last.withLock { $0 } - start) / .seconds(1)
    guard report.parked == 0, report.applied == expected else {
      throw BenchError("\(report.applied) of \(expected) events applied, \(report.parked) parked")
    }
    let after = try await ceiling.measure(min(expected, 200_000))
    return BenchResult(
      name: "rebuild \(definition.name)", rate: Double(expected) / whole, ceiling: (before + after) / 2,
      p50: latencies.percentile(50), p95: latencies.percentile(95), p99: latencies.percentile(99),
      cpuSecondsPerMillion: used / Double(expected) * 1e6,
      more: [
        "positions of the log per second": Double(events) / whole,
        "events per second before the indexes": Double(expected) / applying, "seconds": whole,
      ].merging(spent.each(of: expected)) { first, _ in first },
      notes: "\(expected) events of its types among \(events); latency is the time of one transaction")
  }
}
