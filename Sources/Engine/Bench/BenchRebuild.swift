import ArgumentParser
import Contracts
import EventLog
import Foundation
import JSON
import Logging
import Postgres
import PostgresLog
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
  @Option(
    help: "Write the events that the projection reads to this file as well, for peers: one a line, as JSON.")
  var write: String?
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let definition = try ProjectionDefinition.load(Home.located().folder("projections/\(name)"))
    let result = try await BenchDatabase.with(connections: 6) { database in
      let traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      if let write { try await export(definition, traffic, to: write) }
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

  /// An event as a peer reads it.
  private struct Exported: Encodable {
    let topic: Int16
    let partition: Int32
    let offset: Int64
    let id: UUID
    let type: String
    let tenant: UUID
    let stream: String
    let time: Date
    let value: JSONValue

    init(_ record: Record) throws {
      (topic, partition) = (record.position.topic.number, record.position.partition.rawValue)
      offset = record.position.offset.rawValue
      let event = record.event
      (id, type, tenant, stream) = (event.id.uuid, event.type.rawValue, event.tenant.uuid, event.key.rawValue)
      (time, value) = (event.time, try JSONValue(parsing: event.value))
    }
  }

  private func export(
    _ definition: ProjectionDefinition, _ traffic: BenchTrafficLog, to path: String
  ) async throws {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw BenchError("\(path) cannot be written") }
    let partitions = definition.topics.flatMap { traffic.log.layout.partitions($0) }
    let reader = try await traffic.log.reader(from: partitions.map { Cursor($0) }, types: definition.types)
    var left = try await traffic.count(definition)
    while left > 0 {
      let records = try await reader.next(limit: min(left, 1_000)).records
      left -= records.count
      var lines: [UInt8] = []
      for record in records { lines += try JSON.encode(Exported(record)) + [UInt8(ascii: "\n")] }
      try file.write(contentsOf: lines)
    }
    await reader.close()
    try file.close()
  }
}
