import ArgumentParser
import Contracts
import EventLog
import Foundation
import Keyring
import Logging
import Pipeline
import Postgres
import PostgresLog
import Telemetry

struct BenchGrowth: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth",
    abstract: "Whether appends, stages and queries are as fast over a large log as over a small one.",
    discussion: """
      There is a log for each level, filled with all that conversations leave there, and its read model. Clients read \
      lists and conversations: as many conversations at every level, as long as at the others, from anywhere in the \
      log. A stage works through fresh inputs, and callers append; what that adds is taken out of the log again, and the \
      server vacuums, so that each begins at the level. The levels take turns, --rounds times, so that what changes about \
      the machine changes for all of them; after each the server writes out what it has to. A first round warms and does \
      not count; the medians of the others do. Fails when those of two levels lie further apart than --tolerance, or when \
      a log does not hold what it was filled with.
      """)

  @Option(parsing: .upToNextOption, help: "Events in the logs; ten million take some 20 minutes, 20 GB.")
  var levels = [100_000, 1_000_000, 10_000_000]
  @Option(help: "Seconds of each part of a round.") var seconds = 3.0
  @Option(help: "Rounds at each level.") var rounds = 5
  @Option(help: "How far apart they may lie, as a share of the larger one.") var tolerance = 0.2
  @Flag(help: "Print one JSON object a level.") var json = false

  func validate() throws {
    guard rounds > 0, !levels.isEmpty else { throw ValidationError("there is a round and a level at least") }
    guard levels.allSatisfy({ $0 >= 100 }) else { throw ValidationError("a level is of 100 events at least") }
  }

  func run() async throws {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    let append = try BenchAppend.parse(["--callers", "200", "--seconds", "\(seconds)"])
    let api = try BenchAPI.parse(["--seconds", "\(seconds)"])
    let rows = try await Self.withLogs(of: levels.sorted()) { [logger] logs in
      try await logs.last?.writeOut()
      var rows: [Row] = []
      for log in logs { rows.append(Row(level: log.level, bytes: try await log.bytes())) }
      for round in 0...rounds {
        for turn in logs.indices {
          // None is always the one behind the largest.
          let index = (turn + round) % logs.count
          let log = logs[index]
          rows[index].events.append(try await log.count())
          let reads = try await api.serve(log.traffic, Metrics(), logger) { port in
            try await api.rates(port, log.targets)
          }
          try await log.touch()
          let (passed, spent) = try await stageRate(log.traffic)
          try await log.restore()
          let appended = try await append.measure(log.traffic.log)
          try await log.restore()
          try await log.writeOut()
          if round == 0 { continue }
          rows[index].add([
            "list": reads.list, "detail": reads.detail, "stage": passed, "append": appended.rate,
          ])
          rows[index].profile = appended.profile.merging(spent) { first, _ in first }
        }
      }
      for (index, log) in logs.enumerated() {
        rows[index].events.append(try await log.count())
        rows[index].bytes.append(try await log.bytes())
      }
      return rows
    }
    for row in rows {
      var more = row.rates.merging(row.profile) { first, _ in first }
      for (name, rate) in row.rates {
        more["\(name), of the first level"] = rate / (rows[0].rates[name] ?? rate)
        more["\(name), least of the rounds"] = row.rounds[name]?.min()
        more["\(name), most of the rounds"] = row.rounds[name]?.max()
      }
      more["events in the log, least of the turns"] = row.events.min().map(Double.init)
      more["events in the log, most of the turns"] = row.events.max().map(Double.init)
      more["MB of the log and its indexes, filled"] = row.bytes.first.map { Double($0) / 1e6 }
      more["MB of the log and its indexes, at the end"] = row.bytes.last.map { Double($0) / 1e6 }
      try BenchResult(
        name: "growth", rate: row.rates["append"] ?? 0, ceiling: rows[0].rates["append"] ?? 0, p50: 0, p95: 0,
        p99: 0,
        cpuSecondsPerMillion: 0, more: more,
        notes: "\(row.level) events in the log, medians of \(rounds) rounds of \(seconds) s, levels in turn"
      ).print(asJSON: json)
    }
    if !judge(rows) { throw ExitCode(1) }
  }

  /// What was measured at one level.
  private struct Row {
    let level: Int
    /// Rates of every round, by name.
    var rounds: [String: [Double]] = [:]
    var profile: [String: Double] = [:]
    /// In the log as each turn began, and at the end.
    var events: [Int] = []
    /// Of the log as it was filled, and at the end.
    var bytes: [Int64]

    init(level: Int, bytes: Int64) {
      self.level = level
      self.bytes = [bytes]
    }

    mutating func add(_ rates: [String: Double]) {
      for (name, rate) in rates { rounds[name, default: []].append(rate) }
    }

    /// Medians.
    var rates: [String: Double] { rounds.mapValues { $0.sorted()[$0.count / 2] } }
  }

  /// Says how far apart the levels lie; false when that is too far.
  private func judge(_ rows: [Row]) -> Bool {
    var isMet = true
    for name in rows[0].rates.keys.sorted() {
      let rates = rows.compactMap { $0.rates[name] }
      guard let least = rates.min(), let most = rates.max() else { continue }
      let apart = 1 - least / most
      isMet = isMet && apart <= tolerance
      print(
        String(
          format: "%@ at %@ events: %@ a second, %.1f %% apart (limit %.0f %%: %@)", name,
          rows.map { "\($0.level)" }.joined(separator: ", "),
          rates.map { String(format: "%.0f", $0) }.joined(separator: ", "), apart * 100, tolerance * 100,
          apart > tolerance ? "MISSED" : "met"))
    }
    return isMet
  }
}

extension BenchGrowth {
  /// One after the other is filled, and all are there at once.
  private static func withLogs<R>(
    of levels: [Int], beside logs: [BenchGrowthLog] = [], _ body: ([BenchGrowthLog]) async throws -> R
  ) async throws -> R {
    guard let level = levels.first else { return try await body(logs) }
    return try await BenchDatabase.with(connections: 8) { database in
      let filled = try await BenchGrowthLog(level, database)
      let result: Result<R, any Error>
      do {
        result = .success(
          try await withLogs(of: Array(levels.dropFirst()), beside: logs + [filled], body))
      } catch { result = .failure(error) }
      await filled.traffic.log.close()
      return try result.get()
    }
  }

  /// Inputs a second, of as many as take about so long, and what each took.
  private func stageRate(_ traffic: BenchTrafficLog) async throws -> (Double, [String: Double]) {
    let (log, pool) = (traffic.log, traffic.database.pool)
    let stage = CountingStage(output: .inbound)
    // It begins at the end.
    let ends = try await log.ends(of: .inbound)
    try await pool.withConnection { connection in
      for (partition, end) in ends.enumerated() {
        try connection.execute(
          "select stage.move($1, $2, $3, $4)",
          [
            .text(stage.name.rawValue), .int4s([Int32(partition)]), .int8s([end.rawValue]), .int8s([-1]),
          ])
      }
    }
    let count = max(1, Int(seconds * 10)) * 2_000
    for first in stride(from: 0, to: count, by: 2_000) {
      _ = try await log.append(try (first..<first + 2_000).map { try CountingStage.input($0) })
    }
    let owner = StageOwner(url: traffic.database.url)
    defer { owner.close() }
    let (reports, reporting) = AsyncStream.makeStream(of: Int.self)
    let environment = StageEnvironment(
      log: log, pool: pool, owner: owner, keyring: traffic.keyring,
      directory: Directory(log: log, pool: pool, keyring: traffic.keyring, logger: Logger(label: "bench")),
      logger: Logger(label: "bench"), report: { reporting.yield($0.inputs) })
    let (passed, spent) = try await ProcessorProfile.during(traffic.database) {
      try await rate(of: stage, environment, reports, count)
    }
    let each = spent.each(of: count).map { ("stage: \($0)", $1) }
    return (passed, Dictionary(uniqueKeysWithValues: each))
  }

  /// From its start until it has reported so many inputs.
  private func rate(
    of stage: CountingStage, _ environment: StageEnvironment, _ reports: AsyncStream<Int>, _ count: Int
  ) async throws -> Double {
    let start = ContinuousClock.now
    return try await withThrowingTaskGroup(of: Double?.self) { group in
      group.addTask {
        try await StageRunner(stage, performer: NoEffects(), environment: environment).run()
        return nil
      }
      group.addTask {
        var done = 0
        for await inputs in reports {
          done += inputs
          if done >= count { break }
        }
        return Double(count) / ((.now - start) / .seconds(1))
      }
      defer { group.cancelAll() }
      while let rate = try await group.next() { if let rate { return rate } }
      throw CancellationError()
    }
  }
}
