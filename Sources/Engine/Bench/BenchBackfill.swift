import ArgumentParser
import Contracts
import Foundation
import Logging
import Postgres
import PostgresLog
import Projections

struct BenchBackfill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract:
      "How much slower live work becomes while a projection is rebuilt, held back as the command does.",
    discussion: """
      Live work comes at a fixed rate, whether or not the last one is done: an exchange is appended, and the newest \
      conversations of a tenant are read, while a runner keeps the live projection current. It is measured from when it \
      was due, in turns without and with a rebuild beside it. The ceiling is the same rebuild alone, as fast as it can.
      """)

  @Argument(help: "The projection.") var name = "conversations"
  @Option(help: "Events in the log.") var events = 300_000
  @Option(help: "Pieces of live work in a second: half of them write, half read.") var rate = 100
  @Option(help: "How long a turn takes, in seconds.") var turn = 20
  @Option(help: "How many turns without and with a rebuild.") var turns = 4
  @Option(help: "How much larger the p99 of live work may become, in percent.") var growth = 20
  @Option(help: "The most events that one transaction of the rebuild applies.")
  var batch = BackfillThrottle.batchSize
  @Flag(help: "Build as fast as the machine can, to see what the throttle is for.") var unthrottled = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let definition = try ProjectionDefinition.load(Home.located().folder("projections/\(name)"))
    let result = try await BenchDatabase.with(connections: 8) { database in
      var traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      let work = try await LiveWork(traffic, &source, count: rate * turn * turns)
      let result = try await measure(definition, traffic, work)
      await work.close()
      await traffic.log.close()
      return result
    }
    try result.print(asJSON: json)
  }

  private func measure(
    _ definition: ProjectionDefinition, _ traffic: BenchTrafficLog, _ work: LiveWork
  ) async throws -> BenchResult {
    let rebuild = Rebuild(
      log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    // Makes the projection live, and says what a rebuild can do that nobody holds back.
    let alone = try await rebuild.run(definition)
    let (quiet, busy) = (LiveLatencies(), LiveLatencies())
    let backfill = Backfilled()
    let cpu = processorSeconds()
    let runner = ProjectionRunner(
      definition, log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { do { try await runner.run() } catch { guard Task.isCancelled else { throw error } } }
      for _ in 0..<turns {
        try await work.run(rate, for: turn, into: quiet)
        try await withThrowingTaskGroup(of: Void.self) { turn in
          turn.addTask { try await rebuildAgainAndAgain(rebuild, definition, traffic.database.url, backfill) }
          try await work.run(rate, for: self.turn, into: busy)
          turn.cancelAll()
          try await turn.waitForAll()
        }
      }
      group.cancelAll()
      try await group.waitForAll()
    }
    let seconds = Double(turn * turns)
    return BenchResult(
      name: "backfill \(definition.name)\(unthrottled ? ", unthrottled" : "")",
      rate: Double(backfill.positions) / seconds, ceiling: Double(events) / alone.seconds,
      p50: busy.all.percentile(50), p95: busy.all.percentile(95), p99: busy.all.percentile(99),
      cpuSecondsPerMillion: (processorSeconds() - cpu) / Double(max(1, backfill.positions)) * 1e6,
      more: [
        "live p50 without": quiet.all.percentile(50), "live p99 without": quiet.all.percentile(99),
        "live p99 with": busy.all.percentile(99),
        "growth of live p99, percent": growth(quiet.all, busy.all, 99),
        "growth of live p50, percent": growth(quiet.all, busy.all, 50),
        "write p99 without": quiet.writes.percentile(99), "write p99 with": busy.writes.percentile(99),
        "read p99 without": quiet.reads.percentile(99), "read p99 with": busy.reads.percentile(99),
        "rebuilds that became live": Double(backfill.finished), "duty at the end": backfill.duty,
      ],
      notes:
        "\(quiet.all.count) and \(busy.all.count) pieces of live work, \(rate) a second, beside \(events) events; "
        + "the rate is the rebuild's, in positions of the log; the cpu is of all work in this process"
    )
  }

  private func growth(_ quiet: Latencies, _ busy: Latencies, _ percent: Double) -> Double {
    (busy.percentile(percent) / max(quiet.percentile(percent), 0.001) - 1) * 100
  }

  /// Until the turn is over: one that becomes live is followed by the next.
  private func rebuildAgainAndAgain(
    _ rebuild: Rebuild, _ definition: ProjectionDefinition, _ url: String, _ backfill: Backfilled
  ) async throws {
    while !Task.isCancelled {
      let throttle = unthrottled ? nil : BackfillThrottle(url: url, growth: Double(growth) / 100)
      backfill.begin(throttle)
      let work: @Sendable () async throws -> Void = {
        _ = try await rebuild.run(
          definition,
          Rebuild.Options(
            acceptsDifferences: true, batchSize: throttle == nil ? 20_000 : batch,
            throttle: throttle)
        ) { backfill.moved($0) }
      }
      do {
        if let throttle { try await throttle.watching(work) } else { try await work() }
        backfill.finish()
      } catch {
        // The turn is over; what was begun goes on in the next one.
        guard Task.isCancelled else { throw error }
      }
    }
  }
}
