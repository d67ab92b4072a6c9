import Foundation
import HTTPClient
import Keyring
import Postgres
import Synchronization

/// Two engines and more on one database while customers write, and what befalls engines, network and server meanwhile.
struct BenchFaultsRun: Sendable {
  struct Outcome: Sendable {
    var problems: [String]
    var figures: [String: Double]
    /// Sentences on what has a limit.
    var verdicts: [String] = []
  }

  /// What each run is given as: which faults, and for how long.
  let name: String
  let faults: [Fault]
  let seconds: Double
  let seed: UInt64
  let url: String
  let folder: URL
  let client: HTTPClient
  let history: String?
  /// Where the faults are those of the server.
  let server: PrivatePostgres?
  let clock: JumpingClock
  let makeRun: @Sendable (BenchKillPlan, _ engineURL: String, _ port: Int) -> BenchKillRun

  func run() async throws -> Outcome {
    // More than customers come to write: they go on for as long as there are faults.
    let whole = BenchKillPlan(conversations: 50_000, kills: 0, seed: seed)
    guard let address = URLComponents(string: url), let host = address.host else {
      throw BenchError("the url of Postgres names no host")
    }
    let cutter = try PostgresCutter.start(to: (host, address.port ?? 5_432), seed: seed)
    defer { cutter.close() }
    var through = address
    through.host = "127.0.0.1"
    through.port = cutter.port
    through.queryItems = (through.queryItems ?? []) + [URLQueryItem(name: "sslmode", value: "disable")]
    let run = makeRun(whole, through.string ?? url, try freePort())
    let demo = try await run.seed()
    let pool = PostgresPool(url: url, connections: 1, name: "aigentable-bench-faults")
    defer { pool.shutdown() }
    let watch = InFlight(pool)
    let book = EngineHistory(try History(to: history))
    let written = Written()
    let trouble = EngineTrouble(
      faults: faults, seconds: seconds, seed: seed, run: run, cutter: cutter, watch: watch, pool: pool,
      book: book,
      server: server, clock: clock, folder: folder)
    async let _: Void = ProgressWatch(url: url, history: book.history).run()
    let counts = try await withThrowingTaskGroup(of: [Fault: Int].self) { group in
      group.addTask {
        written.end(
          whole.prefix(
            try await run.write(
              demo, isEnough: { written.isEnough }, posts: { book.posts($0) }, told: { book.answered($0, $1) }
            )))
        return [:]
      }
      group.addTask { try await trouble.make(written) }
      return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
    guard let plan = written.plan else { throw BenchError("nothing was written") }
    let keyring = Keyring(master: try MasterKey(hexadecimal: BenchKillRun.master, from: "bench"))
    let standIn = "http://127.0.0.1:\(run.standIn)"
    try await EngineReading(url: url, keyring: keyring, standIn: standIn, client: client).note(
      in: book.history)
    let checker = try book.history.end()
    let verdict = try await BenchKillVerdict(
      plan, inFlight: watch.seen, pool: pool, standIn: standIn, client: client)
    var figures: [String: Double] = [
      "messages": Double(plan.messages), "delivered": Double(verdict.delivered),
      "failed": Double(verdict.failed), "uncertain": Double(verdict.uncertain),
      "in flight at a fault": Double(watch.seen.count), "steps of progress": Double(checker.counts.commits),
      "records read": Double(checker.counts.polled), "records": Double(checker.counts.held),
      "answers of 503": Double(book.refused),
      "connections cut at COMMIT": Double(cutter.counts.atCommit),
      "connections torn": Double(cutter.counts.torn),
    ]
    for (fault, count) in counts { figures[fault.rawValue] = Double(count) }
    for (fault, seconds) in book.recoveries { figures["s until a message is taken after \(fault)"] = seconds }
    return Outcome(
      problems: (verdict.problems + book.problems + checker.problems.map(\.description)).map {
        "\(name): \($0)"
      },
      figures: Dictionary(uniqueKeysWithValues: figures.map { ("\(name): \($0.key)", $0.value) }))
  }
}

/// What customers write: until the faults are over, and how much that was.
final class Written: Sendable {
  private let state = Mutex((isEnough: false, plan: BenchKillPlan?.none))

  var isEnough: Bool { state.withLock { $0.isEnough } }
  var plan: BenchKillPlan? { state.withLock { $0.plan } }
  func stop() { state.withLock { $0.isEnough = true } }
  func end(_ plan: BenchKillPlan) { state.withLock { $0.plan = plan } }
}
