import Foundation
import HTTPClient
import Postgres
import Simulation
import Synchronization

/// Two engines on one database while customers write, and what befalls the engines meanwhile.
struct BenchFaultsRun: Sendable {
  struct Outcome: Sendable {
    var problems: [String]
    var figures: [String: Double]
  }

  enum Fault: String, CaseIterable {
    case killed, stopped, left, cutAtCommit, cutEverywhere, slow, silent, sessionsEnded
  }

  let seconds: Double
  let seed: UInt64
  let url: String
  let folder: URL
  let client: HTTPClient
  let makeRun: @Sendable (BenchKillPlan, String, Int) -> BenchKillRun

  init(
    seconds: Double, seed: UInt64, url: String, folder: URL, client: HTTPClient,
    makeRun: @escaping @Sendable (BenchKillPlan, String, Int) -> BenchKillRun
  ) {
    self.seconds = seconds
    self.seed = seed
    self.url = url
    self.folder = folder
    self.client = client
    self.makeRun = makeRun
  }

  func run() async throws -> Outcome {
    // About what the customers of a run write in this time: each writes twice, half a second after the answer.
    let plan = BenchKillPlan(conversations: max(20, Int(seconds * 15)), kills: 0, seed: seed)
    guard let address = URLComponents(string: url), let host = address.host else {
      throw BenchError("AIGENTABLE_DATABASE_URL names no host")
    }
    let cutter = try PostgresCutter.start(to: (host, address.port ?? 5_432), seed: seed)
    defer { cutter.close() }
    var through = address
    through.host = "127.0.0.1"
    through.port = cutter.port
    through.queryItems = (through.queryItems ?? []) + [URLQueryItem(name: "sslmode", value: "disable")]
    let run = makeRun(plan, through.string ?? url, try freePort())
    let demo = try await run.seed()
    let pool = PostgresPool(url: url, connections: 1, name: "aigentable-bench-faults")
    defer { pool.shutdown() }
    let watch = InFlight(pool)
    let isWritten = Done()
    let counts = try await withThrowingTaskGroup(of: [Fault: Int].self) { group in
      group.addTask {
        try await run.write(demo) { _ in }
        isWritten.set()
        return [:]
      }
      group.addTask { try await trouble(run, cutter, watch, pool) { isWritten.isSet } }
      return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
    let verdict = try await BenchKillVerdict(
      plan, inFlight: watch.seen, pool: pool, standIn: "http://127.0.0.1:\(run.standIn)", client: client)
    var figures: [String: Double] = [
      "engines: messages": Double(plan.messages), "engines: delivered": Double(verdict.delivered),
      "engines: failed": Double(verdict.failed), "engines: uncertain": Double(verdict.uncertain),
      "engines: in flight at a fault": Double(watch.seen.count),
      "engines: connections cut at COMMIT": Double(cutter.cuts),
    ]
    for (fault, count) in counts { figures["engines: \(fault.rawValue)"] = Double(count) }
    return Outcome(problems: verdict.problems, figures: figures)
  }

  /// Faults, one after the other, until the time is over and the customers have written all; then waits until
  /// everything has come to its end. How often each was.
  private func trouble(
    _ run: BenchKillRun, _ cutter: PostgresCutter, _ watch: InFlight, _ pool: PostgresPool,
    isWritten: @Sendable () -> Bool
  ) async throws -> [Fault: Int] {
    var numbers = SeededNumbers(seed: seed &+ 1)
    var counts: [Fault: Int] = [:]
    let log = folder.appendingPathComponent("serve.log")
    var first = try await run.start(log)
    let secondRun = run.on(port: try freePort())
    let secondLog = folder.appendingPathComponent("worker.log")
    var second: BenchKillEngine? = try await secondRun.start(
      secondLog, ["--role", "worker", "--role", "projector"])
    let end = ContinuousClock.now + .seconds(seconds)
    // Each kind once before any comes again.
    var left: [Fault] = []
    do {
      while ContinuousClock.now < end {
        if left.isEmpty { left = Fault.allCases.shuffled(using: &numbers) }
        let fault = left.removeLast()
        counts[fault, default: 0] += 1
        try await Task.sleep(for: .milliseconds(Int.random(in: 500...3_000, using: &numbers)))
        try await watch.during {
          switch fault {
          case .killed:
            await first.crash()
            try await watch.note()
            first = try await run.start(log)
          case .stopped:
            // Past the leases: what it was about to do, it does when others have taken over.
            let engine = numbers.chance(0.5) ? first : second ?? first
            kill(engine.processIdentifier, SIGSTOP)
            try await watch.note()
            try await Task.sleep(for: .milliseconds(Int.random(in: 15_500...19_000, using: &numbers)))
            kill(engine.processIdentifier, SIGCONT)
          case .left:
            if let leaving = second {
              kill(leaving.processIdentifier, SIGTERM)
              await leaving.ended()
              second = nil
            } else {
              second = try await secondRun.start(secondLog, ["--role", "worker", "--role", "projector"])
            }
          case .cutAtCommit:
            cutter.become(.init(cutsAtCommit: 0.1))
            try await Task.sleep(for: .seconds(3))
          case .cutEverywhere:
            for _ in 0..<5 {
              cutter.cutAll()
              try await Task.sleep(for: .milliseconds(Int.random(in: 50...600, using: &numbers)))
            }
          case .slow:
            cutter.become(.init(cutsAtCommit: 0.02, delay: 30))
            try await Task.sleep(for: .seconds(4))
          case .silent:
            cutter.become(.init(isHeld: true))
            try await Task.sleep(for: .milliseconds(Int.random(in: 500...6_000, using: &numbers)))
          case .sessionsEnded:
            try await pool.withConnection { connection in
              _ = try connection.execute(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()
                """)
            }
          }
          cutter.become(.init())
        }
        guard first.isRunning, second?.isRunning ?? true else {
          throw BenchError("an engine ended by itself, see \(folder.path)")
        }
      }
      while !isWritten() { try await Task.sleep(for: .milliseconds(50)) }
      try await run.settle(pool)
    } catch {
      await first.crash()
      await second?.crash()
      throw error
    }
    await first.crash()
    await second?.crash()
    return counts
  }
}

/// Sends that had begun and had no outcome at some moment of a fault, or shortly after it: of these alone nobody may
/// know what became of them.
private final class InFlight: Sendable {
  private let pool: PostgresPool
  private let inputs = Mutex<Set<UUID>>([])

  init(_ pool: PostgresPool) { self.pool = pool }

  var seen: Set<UUID> { inputs.withLock { $0 } }

  func note() async throws {
    let now = try await pool.withConnection { connection in
      try connection.execute(
        "select input from stage.ledger where stage = 'deliver' and intent_at is not null and outcome is null"
      ).map { $0.uuid(0) }
    }
    inputs.withLock { $0.formUnion(now) }
  }

  /// Looks again and again while `body` runs, and for a second after it.
  func during(_ body: () async throws -> Void) async throws {
    let isOver = Done()
    async let looking: Void = {
      while !isOver.isSet {
        // The session may be one that a fault has ended.
        try? await note()
        try await Task.sleep(for: .milliseconds(40))
      }
    }()
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    try await Task.sleep(for: .seconds(1))
    isOver.set()
    try await looking
    try result.get()
  }
}
