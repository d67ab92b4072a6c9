import Foundation
import HTTPClient
import Postgres

/// Two engines and more on one database while customers write, and what befalls engines, network and server meanwhile.
struct BenchFaultsRun: Sendable {
  struct Outcome: Sendable {
    var problems: [String]
    var figures: [String: Double]
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
    // About what the customers of a run write in this time: each writes twice, half a second after the answer.
    let plan = BenchKillPlan(conversations: max(20, Int(seconds * 15)), kills: 0, seed: seed)
    guard let address = URLComponents(string: url), let host = address.host else {
      throw BenchError("the url of Postgres names no host")
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
    let book = EngineHistory()
    let trouble = EngineTrouble(
      faults: faults, seconds: seconds, seed: seed, run: run, cutter: cutter, watch: watch, pool: pool,
      book: book,
      server: server, clock: clock, folder: folder)
    let counts = try await withThrowingTaskGroup(of: [Fault: Int].self) { group in
      group.addTask {
        try await run.write(demo) { book.answered($0.id, $1) }
        isWritten.set()
        return [:]
      }
      group.addTask { try await trouble.make { isWritten.isSet } }
      return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
    if let history { try book.write(to: history) }
    let verdict = try await BenchKillVerdict(
      plan, inFlight: watch.seen, pool: pool, standIn: "http://127.0.0.1:\(run.standIn)", client: client)
    var figures: [String: Double] = [
      "messages": Double(plan.messages), "delivered": Double(verdict.delivered),
      "failed": Double(verdict.failed), "uncertain": Double(verdict.uncertain),
      "in flight at a fault": Double(watch.seen.count), "answers of 503": Double(book.refused),
      "connections cut at COMMIT": Double(cutter.counts.atCommit),
      "connections torn": Double(cutter.counts.torn),
    ]
    for (fault, count) in counts { figures[fault.rawValue] = Double(count) }
    for (fault, seconds) in book.recoveries { figures["s until a message is taken after \(fault)"] = seconds }
    return Outcome(
      problems: (verdict.problems + book.problems).map { "\(name): \($0)" },
      figures: Dictionary(uniqueKeysWithValues: figures.map { ("\(name): \($0.key)", $0.value) }))
  }
}
