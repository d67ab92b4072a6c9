import ArgumentParser
import Contracts
import Foundation
import Keyring
import Logging
import Postgres
import PostgresLog
import Projections
import Synchronization

struct BenchBackfill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "How much slower live work becomes while the command rebuilds a projection.",
    discussion: """
      Live work comes at a fixed rate, whether or not the last one is done: an exchange is appended, and the newest \
      conversations of a tenant are read, while a runner keeps the live projection current. It is measured from when it \
      was due, beside `aigentable rebuild`. The command first has --learning seconds to find out what it may do, with half as \
      long without it before and after. Then come short turns, as without, with, with, without, and so on: for those without \
      it is paused (SIGUSR1), so that what makes the machine slower for a minute makes both slower. Then the end of a \
      rebuild is measured apart, between two turns without of its own: comparison, switch, and the \
      drop of what was replaced. What counts is the p99 of all turns with it together, and so of its first seconds and of \
      its ends: all of them are "meanwhile" to whoever writes. Each is held against two halves of the turns without, which \
      differ by the machine's own noise alone: where it is within the bound by one half and beyond it by the other, the \
      verdict is that nobody can tell. Exits with 1 when one is beyond it by both halves, else with 2 when of one nobody can \
      tell. The ceiling is the same rebuild alone, as fast as it can. With the defaults it takes about a quarter of an hour \
      and what the end takes.
      """)

  @Argument(help: "The projection.") var name = "conversations"
  @Option(help: "Events in the log.") var events = 300_000
  @Option(help: "Pieces of live work in a second: half of them write, half read.") var rate = 100
  @Option(help: "Seconds of live work before the first turn and that before an end: nothing is warm then.")
  var warming = 5
  @Option(help: "Seconds beside the command before a turn with it.") var learning = 60
  @Option(help: "How long a turn takes, in seconds.") var turn = 10
  @Option(help: "How many turns of each kind come after a start of the command, two by two.") var turns = 12
  @Option(help: "Seconds of live work after the command was paused, before a turn without it.")
  var settling = 2
  @Option(help: "How often the command is started, and measured so.") var rounds = 2
  @Option(help: "How many rebuilds of which the end alone is measured: comparison, switch, drop.")
  var ends = 1
  @Option(help: "How much larger the p99 of live work may become, in percent.") var growth = 20
  @Flag(help: "Build as fast as the machine can, to see what the throttle is for.") var unthrottled = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard turns > 0, turns.isMultiple(of: 2) else { throw ValidationError("--turns is an even number") }
  }

  func run() async throws {
    let definition = try ProjectionDefinition.load(Home.located().folder("projections/\(name)"))
    let (result, parts) = try await BenchDatabase.with(connections: 8) { database in
      let traffic = try await BenchTrafficLog(
        database, master: MasterKey(hexadecimal: RebuildProcess.master, from: "bench"))
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      // Enough that none is appended twice; the ends take as long as they take.
      let seconds =
        warming + rounds * (2 * turns * turn + turns * settling + 2 * learning) + ends
        * (warming + turns * turn + 600)
      let work = try await LiveWork(traffic, &source, count: rate * seconds / 2)
      let result = try await measure(definition, traffic, work)
      await work.close()
      await traffic.log.close()
      return result
    }
    try result.print(asJSON: json)
    for (name, growth) in parts {
      print(
        String(
          format: "live p99 %.2f ms, %@ %.2f ms: %+.0f %% (at most %d: %@); the halves without: %@ ms",
          growth.quiet, name, growth.busy, growth.growth * 100, self.growth, "\(growth.verdict)",
          Self.list(growth.halves)))
    }
    if parts.contains(where: { $0.growth.verdict == .missed }) { throw ExitCode(1) }
    if parts.contains(where: { $0.growth.verdict != .met }) { throw ExitCode(2) }
  }

  private static func list(_ values: [Double]) -> String {
    values.map { String(format: "%.2f", $0) }.joined(separator: " ")
  }

  private func measure(
    _ definition: ProjectionDefinition, _ traffic: BenchTrafficLog, _ work: LiveWork
  ) async throws -> (BenchResult, [(name: String, growth: LiveGrowth)]) {
    let rebuild = Rebuild(
      log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    if definition.name != LiveWork.projection {
      let other = try Home.located().folder("projections/\(LiveWork.projection)")
      _ = try await rebuild.run(ProjectionDefinition.load(other))
    }
    // Makes the projection live, and says what a rebuild can do that nobody holds back.
    let alone = try await rebuild.run(definition)
    let runner = ProjectionRunner(
      definition, log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    let measured = try await withThrowingTaskGroup(of: LiveTurns?.self) { group in
      group.addTask {
        do { try await runner.run() } catch { guard Task.isCancelled else { throw error } }
        return nil
      }
      group.addTask { try await measureTurns(definition, traffic, work) }
      defer { group.cancelAll() }
      while let result = try await group.next() { if let result { return result } }
      throw CancellationError()
    }
    return (result(measured, alone, name: definition.name), measured.parts(atMost: Double(growth) / 100))
  }

  private func measureTurns(
    _ definition: ProjectionDefinition, _ traffic: BenchTrafficLog, _ work: LiveWork
  ) async throws -> LiveTurns {
    var measured = LiveTurns()
    let process = try RebuildProcess(traffic.database, definition.name, growth: unthrottled ? nil : growth)
    try await settle(traffic.database, work)
    for _ in 0..<rounds {
      try await work.run(rate, for: learning / 2, into: measured.nextQuietAtStart())
      try await process.beside {
        try await work.run(rate, for: learning, into: measured.learning)
        if !unthrottled { try await measurePaused(process, work, &measured) }
      }
      try await work.run(rate, for: learning / 2, into: measured.nextQuietAtStart())
      if unthrottled { try await measureStarted(process, work, &measured) }
    }
    for _ in 0..<ends {
      // Up to the end as fast as it can, which nobody measures.
      try await process.run("--compare", "--unthrottled")
      try await settle(traffic.database, work)
      try await work.run(rate, for: turns * turn / 2, into: measured.nextQuietAtEnd())
      let latencies = measured.nextEnd(process.phases)
      let beside: @Sendable (@Sendable () -> Bool) async throws -> Void = { isOver in
        while !isOver() { try await work.run(rate, for: 1, into: latencies) }
      }
      try await process.once(beside)
      // The next one begins with dropping what was live.
      try await process.once(only: .dropping, beside)
      try await work.run(rate, for: turns * turn / 2, into: measured.nextQuietAtEnd())
    }
    measured.phases = process.phases.figures()
    return measured
  }

  /// Nothing can be paused that rests never.
  private func measureStarted(
    _ process: RebuildProcess, _ work: LiveWork, _ measured: inout LiveTurns
  ) async throws {
    for _ in 0..<turns / 2 {
      try await work.run(rate, for: turn, into: measured.nextQuiet())
      try await process.beside { try await measureBusy(process, work, &measured) }
      try await work.run(rate, for: turn, into: measured.nextQuiet())
    }
  }

  private func measurePaused(
    _ process: RebuildProcess, _ work: LiveWork, _ measured: inout LiveTurns
  ) async throws {
    func measureQuiet() async throws {
      try await process.paused {
        // A piece that is under way comes to its end, and the disk to rest.
        try await work.run(rate, for: settling, into: LiveLatencies())
        try await work.run(rate, for: turn, into: measured.nextQuiet())
      }
    }
    for _ in 0..<turns / 2 {
      try await measureQuiet()
      try await measureBusy(process, work, &measured)
      try await measureQuiet()
    }
  }

  private func measureBusy(
    _ process: RebuildProcess, _ work: LiveWork, _ measured: inout LiveTurns
  ) async throws {
    let before = process.positions
    for _ in 0..<2 { try await work.run(rate, for: turn, into: measured.nextBusy()) }
    measured.positions += process.positions - before
  }

  /// What was written in one go left much to be done: the server would read all of it within the next minutes, and write
  /// it to the write-ahead log, as it never has to of what grew over time. Nor is anything warm then: the first change of a
  /// page after a checkpoint logs all of it.
  private func settle(_ database: BenchDatabase, _ work: LiveWork) async throws {
    try await database.pool.withConnection { connection in
      try connection.executeScript("vacuum (analyze)")
      // Where this role may ask for it.
      try? connection.executeScript("checkpoint")
    }
    try await work.run(rate, for: warming, into: LiveLatencies())
  }

  private func result(_ measured: LiveTurns, _ alone: RebuildReport, name: String) -> BenchResult {
    let (quiet, busy) = (measured.quiet.turns, measured.busy)
    let growth = measured.growth(atMost: Double(self.growth) / 100)
    return BenchResult(
      name: "backfill \(name)\(unthrottled ? ", unthrottled" : "")",
      rate: Double(measured.positions) / Double(turn * turns * rounds),
      ceiling: Double(events) / alone.seconds,
      p50: busy.median(50), p95: busy.median(95), p99: busy.median(99),
      cpuSecondsPerMillion: childSeconds() / Double(max(1, measured.positions)) * 1e6,
      more: [
        "live p50 without": quiet.median(50), "live p99 without": growth.quiet, "live p99 with": growth.busy,
        "growth of live p99, percent": growth.growth * 100,
        "halves of the turns without apart, percent": growth.spread * 100,
        "growth of live p50, percent": (busy.median(50) / quiet.median(50) - 1) * 100,
        "write p99 without": quiet.median(99, of: \.writes), "write p99 with": busy.median(99, of: \.writes),
        "read p99 without": quiet.median(99, of: \.reads), "read p99 with": busy.median(99, of: \.reads),
        "live p99 beside the first seconds": measured.learning.all.percentile(99),
        "live p99 beside the end": measured.ends.median(99),
        "live p99 without, before and after a start": measured.quietAtStarts.all.percentile(99),
        "live p99 without, before and after the end": measured.quietAtEnds.all.percentile(99),
      ].merging(measured.phases) { first, _ in first },
      notes:
        "p99 of \(turns * rounds) turns of \(turn) s together, other figures their medians; \(rate) pieces of live work a second, beside \(events) events; p99 of each turn with: "
        + Self.list(busy.map { $0.all.percentile(99) }) + ", without: "
        + Self.list(quiet.map { $0.all.percentile(99) })
        + "; the rate is the rebuild's, in positions of the log"
    )
  }
}
