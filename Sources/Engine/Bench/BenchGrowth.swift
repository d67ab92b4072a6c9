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
      There is a log for each level, filled with messages of conversations, and its read model. Callers append, a \
      stage works through fresh inputs, and clients read lists and conversations: as many conversations at every \
      level, as long as at the others, from anywhere in the log. The levels take turns, --rounds times, so that what \
      changes about the machine changes for all of them; after each the server vacuums and writes out what it has to. \
      A first round warms and does not count; the medians of the others do. Fails when those of two levels lie further \
      apart than --tolerance.
      """)

  @Option(parsing: .upToNextOption, help: "Events in the logs; ten million take some 20 minutes, 25 GB.")
  var levels = [100_000, 1_000_000, 10_000_000]
  @Option(help: "Seconds of each part of a round.") var seconds = 3.0
  @Option(help: "Rounds at each level.") var rounds = 5
  @Option(help: "How far apart they may lie, as a share of the larger one.") var tolerance = 0.2
  @Flag(help: "Print one JSON object a level.") var json = false

  func validate() throws {
    guard rounds > 0, !levels.isEmpty else { throw ValidationError("there is a round and a level at least") }
  }

  func run() async throws {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    let append = try BenchAppend.parse(["--callers", "200", "--seconds", "\(seconds)"])
    let api = try BenchAPI.parse(["--seconds", "\(seconds)"])
    let rows = try await Self.withLogs(of: levels.sorted()) { [logger] logs in
      for log in logs { try await log.settle() }
      var rows = logs.map { Row(level: $0.level) }
      for round in 0...rounds {
        for turn in logs.indices {
          // None is always the one behind the largest.
          let index = (turn + round) % logs.count
          let log = logs[index]
          let metrics = Metrics()
          let reads = try await api.serve(log.traffic, metrics, logger) { port in
            try await api.measure(port, log.targets, metrics, log.traffic.database)
          }
          // A page that is written to for the first time since the server wrote all out goes to the WAL as a whole. That is
          // once in a quarter of an hour, and not what is measured.
          for _ in 0..<2 { _ = try await stageRate(log.traffic) }
          let passed = try await stageRate(log.traffic)
          // Last, for it adds the most to the log.
          let appended = try await append.measure(log.traffic.log)
          try await log.settle()
          if round == 0 { continue }
          rows[index].add([
            "list": reads[0].rate, "detail": reads[1].rate, "stage": passed, "append": appended.rate,
          ])
          rows[index].profile = appended.profile
        }
      }
      for (index, log) in logs.enumerated() { rows[index].events = try await log.count() }
      return rows
    }
    for row in rows {
      var more = row.rates.merging(row.profile) { first, _ in first }
      for (name, rate) in row.rates {
        more["\(name), of the first level"] = rate / (rows[0].rates[name] ?? rate)
        more["\(name), least of the rounds"] = row.rounds[name]?.min()
        more["\(name), most of the rounds"] = row.rounds[name]?.max()
      }
      more["events in the log at the end"] = Double(row.events)
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
    var events: Int64 = 0

    init(level: Int) { self.level = level }

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
  /// A log of so many events, its read model, and the conversations that are read.
  private struct Filled {
    let level: Int
    let traffic: BenchTrafficLog
    let targets: [BenchAPI.Target]

    init(_ level: Int, _ database: BenchDatabase) async throws {
      var traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .messages, keyring: traffic.keyring)
      try await BenchAPI.admit(source.tenants, traffic)
      try await traffic.fill(&source, level)
      let schema = try await BenchAPI.build(traffic)
      (self.level, self.traffic) = (level, traffic)
      // Of some ten messages, evenly from the whole log.
      targets = try await database.pool.withConnection { connection in
        try connection.execute(
          """
          select id, tenant from \(schema).conversation
          order by abs(messages - 10), md5(id::text) limit 500
          """
        ).map { BenchAPI.Target(conversation: .init($0.uuid(0)), tenant: .init($0.uuid(1))) }
      }
    }

    /// Has the server do now what it would do some time.
    func settle() async throws {
      try await traffic.database.pool.withConnection { connection in
        try connection.executeScript("vacuum (freeze, analyze) log.record")
        try connection.executeScript("vacuum (analyze)")
        try connection.executeScript("checkpoint")
      }
    }

    func count() async throws -> Int64 {
      var events: Int64 = 0
      for topic in Topic.allCases {
        events += try await traffic.log.ends(of: topic).reduce(0) { $0 + $1.rawValue }
      }
      return events
    }
  }

  /// One after the other is filled, and all are there at once.
  private static func withLogs<R>(
    of levels: [Int], beside logs: [Filled] = [], _ body: ([Filled]) async throws -> R
  ) async throws -> R {
    guard let level = levels.first else { return try await body(logs) }
    return try await BenchDatabase.with(connections: 8) { database in
      let filled = try await Filled(level, database)
      let result: Result<R, any Error>
      do {
        result = .success(
          try await withLogs(of: Array(levels.dropFirst()), beside: logs + [filled], body))
      } catch { result = .failure(error) }
      await filled.traffic.log.close()
      return try result.get()
    }
  }

  /// Inputs a second, of as many as take about so long.
  private func stageRate(_ traffic: BenchTrafficLog) async throws -> Double {
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
    let count = max(1, Int(seconds * 15)) * 2_000
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
