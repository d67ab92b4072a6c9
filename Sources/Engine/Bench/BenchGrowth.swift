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
      The log is filled to each level with messages of conversations, and their read model built; then callers append, \
      a stage works through fresh inputs, and clients read lists and conversations. At each level these are as many \
      conversations, as long as at the others, from anywhere in the log, and the server has first written out what \
      the filling left. All of it is done --rounds times; the medians count. Fails when those of two levels lie \
      further apart than --tolerance.
      """)

  @Option(parsing: .upToNextOption, help: "Events in the log; `100000 1000000 10000000` takes its time.")
  var levels = [100_000, 1_000_000]
  @Option(help: "Seconds of each part of a round.") var seconds = 3.0
  @Option(help: "Rounds at each level.") var rounds = 3
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
    let rows = try await BenchDatabase.with(connections: 8) { [logger] database in
      var traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .messages, keyring: traffic.keyring)
      try await BenchAPI.admit(source.tenants, traffic)
      var rows: [Row] = []
      var filled = 0
      for level in levels.sorted() {
        try await traffic.fill(&source, level - filled)
        filled = level
        let targets = try await Self.targets(in: try await BenchAPI.build(traffic), database)
        var row = Row(level: level)
        for _ in 0..<rounds {
          let metrics = Metrics()
          let reads = try await api.serve(traffic, metrics, logger) { port in
            try await api.measure(port, targets, metrics, database)
          }
          let passed = try await stageRate(traffic)
          // Last, for it adds the most to the log.
          let appended = try await append.measure(traffic.log)
          row.add([
            "list": reads[0].rate, "detail": reads[1].rate, "stage": passed, "append": appended.rate,
          ])
          row.profile = appended.profile
        }
        for topic in Topic.allCases {
          row.events += try await traffic.log.ends(of: topic).reduce(0) { $0 + $1.rawValue }
        }
        rows.append(row)
      }
      await traffic.log.close()
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
        notes: "\(row.level) events in the log, medians of \(rounds) rounds of \(seconds) s"
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
  /// Conversations of some ten messages, evenly from the whole log.
  private static func targets(in schema: String, _ database: BenchDatabase) async throws -> [BenchAPI.Target]
  {
    try await database.pool.withConnection { connection in
      try connection.executeScript("checkpoint")
      return try connection.execute(
        """
        select id, tenant from \(schema).conversation
        order by abs(messages - 10), md5(id::text) limit 500
        """
      ).map { BenchAPI.Target(conversation: .init($0.uuid(0)), tenant: .init($0.uuid(1))) }
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
