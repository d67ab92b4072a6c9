import ArgumentParser
import Foundation
import HTTPClient
import Logging
import Postgres
import PostgresLog
import StandIn
import Synchronization

struct BenchKill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill",
    abstract: "Kill the engine again and again while customers write, and see that no message suffers.",
    discussion: """
      The model takes 0.2 to 2 s, the channel up to 50 ms. Fails unless every message ends in exactly one of \
      delivered, failed and uncertain, none is sent twice or out of order, and only sends in flight at a kill are \
      uncertain. The rate is of messages, from the first to the last outcome; there is no raw ceiling.
      """)

  @Option(help: "Conversations, of one to three messages each.") var conversations = 2_000
  @Option(help: "How often the engine is killed.") var kills = 20
  @Option(help: "The same seed gives the same messages and moments.") var seed = UInt64.random(
    in: 0...9_999_999)
  @Option(help: "The engine to kill, by default this program.") var engine: String?
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (1...100_000).contains(conversations), (0...1_000).contains(kills) else {
      throw ValidationError("--conversations is 1 to 100000, --kills 0 to 1000")
    }
  }

  func run() async throws {
    FileHandle.standardError.write(Data("--seed \(seed)\n".utf8))
    let plan = BenchKillPlan(conversations: conversations, kills: kills, seed: seed)
    let outcome = try await BenchDatabase.with(connections: 2) { database in
      try await database.makeLog().close()
      return try await serve(plan, database.url)
    }
    let verdict = outcome.verdict
    let latencies = verdict.latencies.count == 3 ? verdict.latencies : [0, 0, 0]
    let result = BenchResult(
      name: "kill", rate: Double(plan.messages) / outcome.seconds, ceiling: 0, p50: latencies[0],
      p95: latencies[1], p99: latencies[2],
      cpuSecondsPerMillion: childSeconds() / Double(plan.messages) * 1e6,
      more: [
        "conversations": Double(conversations), "messages": Double(plan.messages), "kills": Double(kills),
        "delivered": Double(verdict.delivered), "failed": Double(verdict.failed),
        "uncertain": Double(verdict.uncertain), "in flight at kills": Double(outcome.inFlight),
        "posted again": Double(outcome.refused), "problems": Double(verdict.problems.count),
      ], notes: "seed \(seed)" + verdict.problems.prefix(20).map { "; \($0)" }.joined())
    try result.print(asJSON: json)
    if !verdict.problems.isEmpty { throw ExitCode(1) }
  }

  /// Runs the model and the channel in this process, the engine in others.
  private func serve(_ plan: BenchKillPlan, _ url: String) async throws -> BenchKillRun.Outcome {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-kill-\(UUID())")
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
    let binary = engine.map { URL(fileURLWithPath: $0) } ?? Self.ownProgram
    let home = try Home.located().url
    let outcome = try await withThrowingTaskGroup(of: BenchKillRun.Outcome?.self) { group in
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
        return try await BenchKillRun(
          plan: plan, binary: binary, home: home, url: url, engineURL: url, model: model, standIn: standIn,
          port: try freePort(), folder: folder, client: client
        ).run()
      }
      defer { group.cancelAll() }
      for try await outcome in group { if let outcome { return outcome } }
      throw ConfigurationError("the model or the stand-in ended before the run")
    }
    try FileManager.default.removeItem(at: folder)
    return outcome
  }

  static var ownProgram: URL {
    let linked = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: linked ?? CommandLine.arguments[0])
  }
}

/// CPU seconds of the processes that this one started and that have ended.
func childSeconds() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// A loopback port that was free a moment ago.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
      bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
    }
  }
  guard isBound else { throw ConfigurationError("there is no free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}
