import ArgumentParser
import Contracts
import Foundation
import Logging
import Postgres
import PostgresLog
import Projections
import Synchronization

struct BenchBackfill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract:
      "How much slower live work becomes while a projection is rebuilt, held back as the command does.",
    discussion: """
      Live work comes at a fixed rate, whether or not the last one is done: an exchange is appended, and the newest \
      conversations of a tenant are read, while a runner keeps the live projection current. It is measured from when it \
      was due, in turns without and with a rebuild beside it; which comes first changes with every pair. What counts is \
      the median of the turns; how far those without lie apart says how much of it is the machine's own noise. The \
      ceiling is the same rebuild alone, as fast as it can.
      """)

  @Argument(help: "The projection.") var name = "conversations"
  @Option(help: "Events in the log.") var events = 300_000
  @Option(help: "Pieces of live work in a second: half of them write, half read.") var rate = 100
  @Option(help: "Seconds of live work before the first turn: nothing is warm then.") var warming = 5
  @Option(help: "How long a turn takes, in seconds.") var turn = 30
  @Option(help: "How many turns without and with a rebuild.") var turns = 4
  @Option(help: "How many rebuilds of which the end alone is measured: comparison, switch, drop.") var ends =
    1
  @Option(help: "How much larger the p99 of live work may become, in percent.") var growth = 20
  @Flag(help: "Build as fast as the machine can, to see what the throttle is for.") var unthrottled = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let definition = try ProjectionDefinition.load(Home.located().folder("projections/\(name)"))
    let result = try await BenchDatabase.with(connections: 8) { database in
      var traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      // Enough that none is appended twice; the ends take as long as they take.
      let seconds = warming + 2 * turns * turn + ends * 60
      let work = try await LiveWork(traffic, &source, count: rate * seconds / 2)
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
    if definition.name != LiveWork.projection {
      let other = try Home.located().folder("projections/\(LiveWork.projection)")
      _ = try await rebuild.run(ProjectionDefinition.load(other))
    }
    // Makes the projection live, and says what a rebuild can do that nobody holds back.
    let alone = try await rebuild.run(definition)
    let backfill = Backfilled()
    let own = OwnThreads()
    let cpu = processorSeconds()
    let runner = ProjectionRunner(
      definition, log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    let phases = PhaseLatencies()
    let measured = try await withThrowingTaskGroup(of: LiveTurns?.self) { group in
      group.addTask {
        do { try await runner.run() } catch { guard Task.isCancelled else { throw error } }
        return nil
      }
      group.addTask {
        var measured = LiveTurns()
        // What filling the log left to be written is written before.
        await checkpoint(traffic.database)
        try await work.run(rate, for: warming, into: LiveLatencies())
        for number in 0..<turns {
          for isBusy in number.isMultiple(of: 2) ? [false, true] : [true, false] {
            let latencies = LiveLatencies(isBusy ? phases : nil)
            if isBusy {
              try await beside(work, latencies, backfill) {
                // Outside of a bench another process does it.
                try await withTaskExecutorPreference(own) {
                  try await rebuildAgainAndAgain(rebuild, definition, traffic.database.url, backfill, phases)
                }
              }
              measured.busy.append(latencies)
            } else {
              try await work.run(rate, for: turn, into: latencies)
              measured.quiet.append(latencies)
            }
          }
        }
        for _ in 0..<ends {
          // Up to the end as fast as it can, which nobody measures.
          _ = try await rebuild.compare(definition)
          await checkpoint(traffic.database)
          let latencies = LiveLatencies(phases)
          let isOver = Ended()
          try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
              defer { isOver.value.store(true, ordering: .relaxed) }
              try await withTaskExecutorPreference(own) {
                try await end(rebuild, definition, traffic.database.url, backfill, phases)
              }
            }
            while !isOver.value.load(ordering: .relaxed) {
              try await work.run(rate, for: 1, into: latencies)
            }
            try await group.waitForAll()
          }
        }
        return measured
      }
      defer { group.cancelAll() }
      while let result = try await group.next() { if let result { return result } }
      throw CancellationError()
    }
    return result(measured, backfill, alone, phases, name: definition.name, cpu: processorSeconds() - cpu)
  }

  /// Where this role may ask for it.
  private func checkpoint(_ database: BenchDatabase) async {
    _ = try? await database.pool.withConnection { try $0.executeScript("checkpoint") }
  }

  /// One turn of live work with `other` beside it, which ends with the turn.
  private func beside(
    _ work: LiveWork, _ latencies: LiveLatencies, _ backfill: Backfilled,
    _ other: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await other() }
      try await work.run(rate, for: turn, into: latencies, beside: backfill)
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  private func result(
    _ measured: LiveTurns, _ backfill: Backfilled, _ alone: RebuildReport, _ phases: PhaseLatencies,
    name: String, cpu: Double
  ) -> BenchResult {
    let (quiet, busy) = (measured.quiet, measured.busy)
    func growth(_ percent: Double) -> Double { (busy.median(percent) / quiet.median(percent) - 1) * 100 }
    let met = Double(backfill.beside.count)
    let share = met / max(1, met + Double(backfill.alone.count))
    let quietTails = quiet.map { $0.all.percentile(99) }
    return BenchResult(
      name: "backfill \(name)\(unthrottled ? ", unthrottled" : "")",
      rate: Double(backfill.positions) / Double(turn * turns), ceiling: Double(events) / alone.seconds,
      p50: busy.median(50), p95: busy.median(95), p99: busy.median(99),
      cpuSecondsPerMillion: cpu / Double(max(1, backfill.positions)) * 1e6,
      more: [
        "live p50 without": quiet.median(50), "live p99 without": quiet.median(99),
        "live p99 without, least of the turns": quietTails.min() ?? 0,
        "live p99 without, most of the turns": quietTails.max() ?? 0,
        "live p99 with": busy.median(99),
        "growth of live p99, percent": growth(99), "growth of live p50, percent": growth(50),
        "write p99 without": quiet.median(99, of: \.writes), "write p99 with": busy.median(99, of: \.writes),
        "read p99 without": quiet.median(99, of: \.reads), "read p99 with": busy.median(99, of: \.reads),
        "rebuilds that became live": Double(backfill.finished), "duty at the end": backfill.duty,
        "share of live work that met the rebuild": share,
        "live p50 of what met it": backfill.beside.percentile(50),
        "live p90 of what met it": backfill.beside.percentile(90),
        "live p90 of what met none": backfill.alone.percentile(90),
      ].merging(phases.figures()) { first, _ in first },
      notes:
        "medians of \(turns) turns of \(turn) s, \(rate) pieces of live work a second, beside \(events) events; p99 with: "
        + busy.map { String(format: "%.1f", $0.all.percentile(99)) }.joined(separator: " ") + ", without: "
        + quietTails.map { String(format: "%.1f", $0) }.joined(separator: " ")
        + "; the rate is the rebuild's, in positions of the log; the cpu is of all work in this process"
    )
  }

  /// Until the turn is over: one that becomes live is followed by the next.
  private func rebuildAgainAndAgain(
    _ rebuild: Rebuild, _ definition: ProjectionDefinition, _ url: String, _ backfill: Backfilled,
    _ phases: PhaseLatencies
  ) async throws {
    defer { phases.enter(nil) }
    while !Task.isCancelled {
      let throttle = unthrottled ? nil : backfill.makeThrottle(url, growth: Double(growth) / 100)
      backfill.begin(throttle)
      let work: @Sendable () async throws -> Void = {
        _ = try await rebuild.run(
          definition, Rebuild.Options(acceptsDifferences: true, throttle: throttle)
        ) {
          backfill.moved($0)
          phases.enter($0.phase)
        }
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

extension BenchBackfill {
  /// Brings what is built to its end, makes it live, and throws away what was live.
  private func end(
    _ rebuild: Rebuild, _ definition: ProjectionDefinition, _ url: String, _ backfill: Backfilled,
    _ phases: PhaseLatencies
  ) async throws {
    let throttle = unthrottled ? nil : backfill.makeThrottle(url, growth: Double(growth) / 100)
    let options = Rebuild.Options(acceptsDifferences: true, throttle: throttle)
    let work: @Sendable () async throws -> Void = {
      _ = try await rebuild.run(definition, options) { phases.enter($0.phase) }
      try await rebuild.clear(definition, options) { phases.enter($0.phase) }
      phases.enter(nil)
    }
    if let throttle { try await throttle.watching(work) } else { try await work() }
    backfill.finish()
  }
}

private final class Ended: Sendable {
  let value = Atomic(false)
}

/// Threads for tasks that belong to another process outside of a bench: what they compute does not take those of the
/// measured ones.
final class OwnThreads: TaskExecutor {
  private let queue = DispatchQueue(label: "bench", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
