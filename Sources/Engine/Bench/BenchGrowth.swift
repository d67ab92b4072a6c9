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
      a stage works through fresh inputs, and clients read lists and conversations. Fails when a rate at any level \
      is more than --tolerance off that of the first.
      """)

  @Option(parsing: .upToNextOption, help: "Events in the log.") var levels = [100_000, 1_000_000, 10_000_000]
  @Option(help: "Seconds of each part.") var seconds = 8.0
  @Option(help: "How far a rate may be off.") var tolerance = 0.2
  @Flag(help: "Print one JSON object a level.") var json = false

  func run() async throws {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    let append = try BenchAppend.parse(["--callers", "200", "--seconds", "\(seconds)"])
    let api = try BenchAPI.parse(["--seconds", "\(seconds)"])
    let rows = try await BenchDatabase.with(connections: 8) { [logger] database in
      var traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .messages, keyring: traffic.keyring)
      try await BenchAPI.admit(source.tenants, traffic)
      var rows: [(level: Int, rates: [String: Double])] = []
      var filled = 0
      var targets: [BenchTraffic.Talk] = []
      for level in levels.sorted() {
        // One in eleven events opens a conversation.
        targets += try await BenchAPI.fill(&traffic, &source, (level - filled) * 10 / 11)
        filled = level
        try await BenchAPI.build(traffic)
        let appended = try await append.measure(traffic.log)
        let passed = try await BenchGrowthStage.rate(traffic, seconds: seconds)
        let metrics = Metrics()
        let reads = try await api.serve(traffic, metrics, logger) { [targets] port in
          try await api.measure(port, targets, metrics, database)
        }
        rows.append(
          (level, ["append": appended.rate, "stage": passed, "list": reads[0].rate, "detail": reads[1].rate]))
      }
      await traffic.log.close()
      return rows
    }
    var worst = 0.0
    for row in rows {
      var more = row.rates
      for (name, rate) in row.rates {
        let share = rate / (rows[0].rates[name] ?? rate)
        more["\(name), of the first level"] = share
        worst = max(worst, abs(share - 1))
      }
      try BenchResult(
        name: "growth", rate: row.rates["append"] ?? 0, ceiling: rows[0].rates["append"] ?? 0, p50: 0, p95: 0,
        p99: 0,
        cpuSecondsPerMillion: 0, more: more, notes: "\(row.level) events in the log"
      ).print(asJSON: json)
    }
    if worst > tolerance {
      print(
        "a rate is \(Int(worst * 100)) % off the first level's, at most \(Int(tolerance * 100)) % are wanted")
      throw ExitCode(1)
    }
  }
}

/// A stage that counts the inputs of each key and makes an event of each.
private struct BenchGrowthStage: Stage {
  struct State: Codable, Sendable { var count = 0 }

  let name = StageName("bench-growth")
  let topic = Topic.inbound
  let types: Set<EventType> = [WebhookReceived.type]
  let effects = EffectPolicy.repeatable

  func initialState() -> State { State() }
  func load(
    _ turns: [StageTurn<Never>], _ context: StageContext, in transaction: Transaction
  ) throws -> NoState { NoState() }

  func decide(
    _ turn: StageTurn<Never>, state: inout State, workspace: inout NoState, _ context: StageContext
  ) throws -> Decision<Never> {
    state.count += turn.inputs.count
    let outputs = turn.inputs.map { input in
      Event(
        id: input.outputID(EmailReceived.type, by: name), type: EmailReceived.type, topic: .inbound,
        key: input.event.key, tenant: input.event.tenant, time: context.now, source: "/stages/\(name)",
        causation: input.event.id, value: input.event.value)
    }
    return Decision(consumed: turn.inputs.count, outputs: outputs)
  }

  /// Inputs a second, of as many as take about so long.
  static func rate(_ traffic: BenchTrafficLog, seconds: Double) async throws -> Double {
    let (log, pool) = (traffic.log, traffic.database.pool)
    let stage = BenchGrowthStage()
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
    let count = Int(seconds * 2_000)
    for _ in 0..<(count / 500) { _ = try await log.append((0..<500).map { _ in BenchAppend.event() }) }
    let owner = StageOwner(url: traffic.database.url)
    defer { owner.close() }
    let done = Tally()
    let environment = StageEnvironment(
      log: log, pool: pool, owner: owner, keyring: traffic.keyring,
      directory: Directory(log: log, pool: pool, keyring: traffic.keyring, logger: Logger(label: "bench")),
      logger: Logger(label: "bench"), report: { done.add($0.inputs) })
    let start = ContinuousClock.now
    return try await withThrowingTaskGroup(of: Double?.self) { group in
      group.addTask {
        try await StageRunner(stage, performer: NoEffects(), environment: environment).run()
        return nil
      }
      group.addTask {
        while done.count < count / 500 * 500 { try await Task.sleep(for: .milliseconds(2)) }
        return Double(count / 500 * 500) / ((.now - start) / .seconds(1))
      }
      defer { group.cancelAll() }
      while let rate = try await group.next() { if let rate { return rate } }
      throw CancellationError()
    }
  }
}
