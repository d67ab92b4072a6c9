import ArgumentParser
import Foundation
import HTTPClient
import Logging
import Postgres
import PostgresLog
import Projections
import StandIn

struct BenchFaults: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "faults",
    abstract: "Real processes under real faults, a history of what each did, and a checker that reads it.",
    discussion: """
      Five parts, or one of them by --part. `engines`: customers write to engines that reach Postgres through a \
      proxy. An engine is killed, or stopped past its leases and resumed, also in the middle of a COMMIT; workers join \
      and leave, their date jumps by an hour, connections are cut where they stand, in the middle of a message and \
      just after COMMIT was sent, the network is slow or silent, sessions are ended in Postgres. `server`: the same \
      with a Postgres of the bench's own, which is stopped and resumed, also in the middle of a COMMIT, whose processes \
      are killed, whose date jumps by an hour, whose connections are used up and whose disk is full (a file system in \
      memory; where none can be mounted, which takes root, this one fault is left out, and that is said). `log`: 64 writers append \
      with delays, aborts and ended sessions, while readers check that what they have read never changes; half of the \
      time a transaction stands idle elsewhere. `kafka`: the same on Kafka, whose brokers (librdkafka's mock) go, \
      refuse and hand over partitions while relays come and go. `rebuild`: for every projection its command is killed \
      20 times while the log grows and readers look, and then let finish. Exits with 1 when anything is lost, doubled, \
      misplaced or skipped.

      A history holds what was invoked and what came of it (ok, fail, info), by whom and when, in microseconds: appends, \
      what readers were given with its offsets, how far stages, projections and relays had come, what the log held in \
      the end (of engines and server the messages in it, and the replies as the channel took them), and each fault from \
      its begin to its end. The checker knows nothing else; --check runs it alone.
      """)

  enum Part: String, ExpressibleByArgument, CaseIterable { case engines, server, log, kafka, rebuild }

  @Option(help: "Only this part.") var part: Part?
  @Option(help: "Of the faults of engines and server only these; may be repeated.") var fault: [Fault] = []
  @Option(help: "Of the projections to rebuild only this one.") var projection: String?
  @Option(help: "How often the rebuild of each is killed.") var kills = 20
  @Option(help: "Events in the log when the first rebuild begins.") var events = 20_000
  @Option(help: "How long each part goes on.") var minutes = 3.0
  @Option(help: "The longest rest of each of the log's writers between two appends, in milliseconds.")
  var pause = 60
  @Option(help: "The same seed gives the same faults; their moments also depend on the machine.") var seed =
    UInt64.random(in: 0...9_999_999)
  @Option(help: "The engine, by default this program.") var engine: String?
  @Option(
    help: """
      Where the history is written: every operation, a line each, as JSON; of several parts `.part` is added to the name.
      """) var history: String?
  @Option(help: "Start nothing: only look for errors in a history that was written before.") var check:
    String?
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (0...60_000).contains(pause), minutes >= 0, kills >= 0 else {
      throw ValidationError("--pause is 0 to 60000, --minutes and --kills at least 0")
    }
    guard check == nil || (part == nil && history == nil && fault.isEmpty) else {
      throw ValidationError("--check starts nothing, so there is nothing to choose or to write")
    }
  }

  func run() async throws {
    if let check { return try tell(HistoryChecker.check(URL(fileURLWithPath: check)), of: check) }
    FileHandle.standardError.write(Data("--seed \(seed)\n".utf8))
    var problems: [String] = []
    var figures: [String: Double] = [:]
    var verdicts: [String] = []
    for part in part.map({ [$0] }) ?? Part.allCases {
      let outcome = try await play(part)
      problems += outcome.problems
      figures.merge(outcome.figures) { first, _ in first }
      verdicts += outcome.verdicts
    }
    try BenchResult(
      name: "faults", rate: 0, ceiling: 0, p50: 0, p95: 0, p99: 0, cpuSecondsPerMillion: 0,
      more: figures.merging(["problems": Double(problems.count)]) { first, _ in first }, notes: "seed \(seed)"
    ).print(asJSON: json)
    for line in verdicts + problems.prefix(20) { print(line) }
    if !problems.isEmpty { throw ExitCode(1) }
  }

  private func tell(_ checker: HistoryChecker, of path: String) throws {
    let (counts, problems) = (checker.counts, checker.problems)
    guard counts.operations > 0 else { throw BenchError("\(path) holds no operation") }
    try BenchResult(
      name: "history", rate: 0, ceiling: 0, p50: 0, p95: 0, p99: 0, cpuSecondsPerMillion: 0,
      more: [
        "operations": Double(counts.operations), "appends begun": Double(counts.begun),
        "appends acknowledged": Double(counts.acknowledged), "appends refused": Double(counts.refused),
        "appends unknown": Double(counts.unknown), "records read": Double(counts.polled),
        "records": Double(counts.held), "steps of progress": Double(counts.commits),
        "faults": Double(counts.faults), "problems": Double(problems.count),
      ], notes: path
    ).print(asJSON: json)
    if !checker.isHeld { print("only progress was checked: no operation says what the log held in the end") }
    for problem in problems.prefix(20) { print(problem) }
    if !problems.isEmpty { throw ExitCode(1) }
  }

  private func play(_ part: Part) async throws -> BenchFaultsRun.Outcome {
    let history = history.map { self.part == nil ? "\($0).\(part.rawValue)" : $0 }
    let binary = engine.map { URL(fileURLWithPath: $0) } ?? BenchKill.ownProgram
    switch part {
    case .engines:
      return try await BenchDatabase.with(connections: 2) { database in
        try await database.makeLog().close()
        return try await engines(database.url, part, Fault.ofEngines, history, server: nil)
      }
    case .server:
      return try await PrivatePostgres.with { server in
        if let plain = server.plain, fault.contains(.diskFull) { throw BenchError(plain) }
        var outcome = try await BenchDatabase.with(connections: 2, server: server.url) { database in
          try await database.makeLog().close()
          let all = Fault.ofServer.filter { server.plain == nil || $0 != .diskFull }
          return try await engines(database.url, part, all, history, server: server)
        }
        if let plain = server.plain, fault.isEmpty {
          outcome.verdicts.append("server: \(Fault.diskFull) was left out: \(plain)")
        }
        return outcome
      }
    case .log:
      return try await BenchDatabase.with(connections: 4) { database in
        try await BenchFaultsLog(
          database: database, seconds: minutes * 60, pause: pause, seed: seed, history: history
        )
        .run()
      }
    case .kafka:
      return try await BenchDatabase.with(connections: 8) { database in
        try await BenchFaultsKafka(database: database, seconds: minutes * 60, seed: seed, history: history)
          .run()
      }
    case .rebuild:
      var all = BenchFaultsRun.Outcome(problems: [], figures: [:])
      let definitions = try ProjectionDefinition.loadAll(Home.located().folder("projections"))
      guard projection == nil || definitions.contains(where: { $0.name == projection }) else {
        throw ValidationError("there is no projection \(projection ?? "")")
      }
      for definition in definitions where projection == nil || definition.name == projection {
        let outcome = try await BenchDatabase.with(connections: 6) { database in
          try await BenchFaultsRebuild(
            database: database, definition: definition, events: events, kills: kills, seed: seed,
            binary: binary
          ).run()
        }
        all.problems += outcome.problems
        all.figures.merge(outcome.figures) { first, _ in first }
      }
      return all
    }
  }

  private func engines(
    _ url: String, _ part: Part, _ all: [Fault], _ history: String?, server: PrivatePostgres?
  ) async throws -> BenchFaultsRun.Outcome {
    let faults = fault.isEmpty ? all : all.filter(fault.contains)
    guard !faults.isEmpty else { return BenchFaultsRun.Outcome(problems: [], figures: [:]) }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-faults-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let client = HTTPClient(maximumConcurrentRequests: 256)
    defer { client.shutdown() }
    let (models, modelRuns) = AsyncStream.makeStream(of: Int.self)
    let (standIns, standInRuns) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "stand-in")
    logger.logLevel = .critical
    let standIn = StandInServer(
      port: 0, options: StandInOptions(faults: Faults(seed: seed, latency: 0...50)), logger: logger
    ) { standInRuns.yield($0) }
    let binary = engine.map { URL(fileURLWithPath: $0) } ?? BenchKill.ownProgram
    let home = try Home.located().url
    let clock = try await JumpingClock(in: folder, home: home)
    let outcome = try await withThrowingTaskGroup(of: BenchFaultsRun.Outcome?.self) { group in
      group.addTask {
        try await BenchKillModel(seed: seed).run { modelRuns.yield($0) }
        return nil
      }
      group.addTask {
        try await standIn.run()
        return nil
      }
      group.addTask {
        guard let model = await models.first(where: { _ in true }),
          let standIn = await standIns.first(where: { _ in true })
        else { throw CancellationError() }
        return try await BenchFaultsRun(
          name: part.rawValue, faults: faults, seconds: minutes * 60, seed: seed, url: url, folder: folder,
          client: client, history: history, server: server, clock: clock
        ) { plan, engineURL, port in
          BenchKillRun(
            plan: plan, binary: binary, home: home, url: url, engineURL: engineURL, model: model,
            standIn: standIn, port: port, folder: folder, client: client, more: clock.settings)
        }.run()
      }
      defer { group.cancelAll() }
      for try await outcome in group { if let outcome { return outcome } }
      throw BenchError("the model or the stand-in ended before the run")
    }
    try FileManager.default.removeItem(at: folder)
    return outcome
  }
}
