import ArgumentParser
import Audit
import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import PostgresLog

struct BenchVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read a sealed log again and hold it against its checkpoints, as audit verify does.",
    discussion: """
      The rate is per core: events by seconds of CPU of this process, Postgres apart. The ceiling is SHA-256 over the \
      same events' canonical bytes, made ready beforehand: what no verification can be without.
      """)

  @Option(help: "Events in the log.") var events = 1_000_000
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let result = try await BenchDatabase.with(connections: 6) { database in
      let traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      let result = try await measure(traffic)
      await traffic.log.close()
      return result
    }
    try result.print(asJSON: json)
  }

  private func measure(_ traffic: BenchTrafficLog) async throws -> BenchResult {
    let (log, pool) = (traffic.log, traffic.database.pool)
    let sealing = ContinuousClock.now
    let made = try await Checkpointer(log: log, pool: pool, master: MasterKey(SymmetricKey(size: .bits256)))
      .run(at: Date())
    let sealed = (ContinuousClock.now - sealing) / .seconds(1)
    let before = try await ceiling(log)
    let latencies = Latencies()
    let cpu = processorSeconds()
    let start = ContinuousClock.now
    let report = try await Verifier(log: log, pool: pool, now: Date()).run(against: nil)
    let whole = (ContinuousClock.now - start) / .seconds(1)
    let used = processorSeconds() - cpu
    latencies.record(ContinuousClock.now - start)
    guard report.differences.isEmpty,
      Int64(report.events) == made.checkpoint.trees.reduce(0, { $0 + $1.size })
    else { throw BenchError("\(report.events) events read, \(report.differences.count) differences") }
    let ceiling = (before + (try await ceiling(log))) / 2
    let rate = Double(report.events) / used
    return BenchResult(
      name: "verify", rate: rate, ceiling: ceiling,
      p50: latencies.percentile(50), p95: latencies.percentile(95), p99: latencies.percentile(99),
      cpuSecondsPerMillion: used / Double(report.events) * 1e6,
      more: [
        "events per second of time, Postgres beside it": Double(report.events) / whole, "seconds": whole,
        "sealing, events per second of time": Double(report.events) / sealed,
      ],
      notes: "\(report.events) events; latency is the time of the whole verification",
      goals: [
        BenchGoal("events a second per core", rate, .atLeast, 200_000, isFullSize: report.events >= 1_000_000)
      ])
  }

  /// Events per second of CPU that hashing alone takes: leaves, and the nodes above them.
  private func ceiling(_ log: PostgresLog) async throws -> Double {
    let reader = try await log.reader(
      from: log.layout.partitions(.conversations).map { Cursor($0) }, types: nil)
    var bytes: [[UInt8]] = []
    while bytes.count < 50_000 {
      for record in try await reader.next(limit: 5_000).records {
        var canonical: [UInt8] = []
        for (name, value) in record.event.headers {
          canonical += [0, 0, 0, 0] + Array(name.utf8) + [0, 0, 0, 0] + Array(value.utf8)
        }
        bytes.append(canonical + record.event.value)
      }
      if bytes.count >= events / 2 { break }
    }
    await reader.close()
    let cpu = processorSeconds()
    var edge = MerkleEdge()
    for event in bytes { edge.append(MerkleTree.leaf(event)) }
    guard edge.size == Int64(bytes.count) else { throw BenchError("the tree is not whole") }
    return Double(bytes.count) / (processorSeconds() - cpu)
  }
}
