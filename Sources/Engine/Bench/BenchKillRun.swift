import Crypto
import Foundation
import HTTPClient
import Postgres
import Synchronization

/// One run: an engine that is killed and started again while customers write to it.
struct BenchKillRun: Sendable {
  struct Outcome: Sendable {
    let verdict: BenchKillVerdict
    let seconds: Double
    let inFlight: Int
    let refused: Int
  }

  var plan: BenchKillPlan
  let binary: URL
  let home: URL
  let url: String
  /// The same database as the engine reaches it.
  let engineURL: String
  let model: Int
  let standIn: Int
  let port: Int
  let folder: URL
  let client: HTTPClient
  /// What the engines' environment holds besides.
  var more: [String: String] = [:]

  static let master = String(repeating: "5a", count: 32)
  /// How many customers write at once.
  static let customers = 32
  /// Without any progress for this long, something is lost.
  static let patience = Duration.seconds(120)

  private var settings: [String: String] {
    [
      "AIGENTABLE_DATABASE_URL": engineURL, "AIGENTABLE_HOME": home.path,
      "AIGENTABLE_MASTER_KEY": Self.master,
      "AIGENTABLE_WHATSAPP_BASE_URL": "http://127.0.0.1:\(standIn)",
      "AIGENTABLE_MODEL_URL": "http://127.0.0.1:\(model)", "AIGENTABLE_MODEL": "bench",
    ].merging(more) { $1 }
  }

  func run() async throws -> Outcome {
    let demo = try await seed()
    let pool = PostgresPool(url: url, connections: 1, name: "aigentable-bench-kill")
    defer { pool.shutdown() }
    let log = folder.appendingPathComponent("serve.log")
    let acknowledged = Tally()
    let refused = Tally()
    let begun = ContinuousClock.now
    let inFlight = try await withThrowingTaskGroup(of: Set<UUID>.self) { group in
      group.addTask {
        try await write(demo) { _, status in
          (status == 200 ? acknowledged : refused).add()
        }
        return []
      }
      group.addTask {
        var engine = try await start(log)
        var inFlight: Set<UUID> = []
        for kill in plan.kills {
          while acknowledged.count < kill.acknowledged {
            try await Task.sleep(for: .milliseconds(5))
          }
          try await Task.sleep(for: kill.pause)
          guard engine.isRunning else {
            throw ConfigurationError("the engine ended by itself, see \(log.path)")
          }
          await engine.crash()
          inFlight.formUnion(try await sendsInFlight(pool))
          engine = try await start(log)
        }
        do { try await settle(pool) } catch {
          await engine.crash()
          throw error
        }
        await engine.crash()
        return inFlight
      }
      return try await group.reduce(into: Set<UUID>()) { $0.formUnion($1) }
    }
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    return Outcome(
      verdict: try await BenchKillVerdict(
        plan, inFlight: inFlight, pool: pool, standIn: "http://127.0.0.1:\(standIn)", client: client),
      seconds: seconds, inFlight: inFlight.count, refused: refused.count)
  }

  /// The demo tenant, and the stand-in told where its statuses go.
  func seed() async throws -> [String: String] {
    let file = folder.appendingPathComponent("demo.env")
    try await BenchKillEngine.run(
      binary, ["seed", "--demo-env", file.path, "--port", "\(port)"], settings: settings,
      output: folder.appendingPathComponent("seed.log"))
    var demo: [String: String] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { demo[String(parts[0])] = String(parts[1]) }
    }
    let target = #"{"url":"\#(webhook(demo))","secret":"\#(demo["AIGENTABLE_WHATSAPP_APP_SECRET"] ?? "")"}"#
    let response = try await client.send(
      HTTPRequest(
        method: "POST", url: "http://127.0.0.1:\(standIn)/webhooks",
        headers: [("Content-Type", "application/json")], body: Array(target.utf8)))
    guard response.status == 200 else { throw ConfigurationError("the stand-in took no address") }
    return demo
  }

  private func webhook(_ demo: [String: String]) -> String {
    "http://127.0.0.1:\(port)/webhooks/whatsapp/\(demo["AIGENTABLE_WHATSAPP_CONNECTION"] ?? "")"
  }

  /// The same run with an engine on another port.
  func on(port: Int) -> BenchKillRun {
    BenchKillRun(
      plan: plan, binary: binary, home: home, url: url, engineURL: engineURL, model: model, standIn: standIn,
      port: port, folder: folder, client: client, more: more)
  }

  /// Starts an engine and waits until it is ready.
  func start(_ log: URL, _ arguments: [String] = []) async throws -> BenchKillEngine {
    let engine = try BenchKillEngine(
      binary, ["serve", "--port", "\(port)"] + arguments, settings: settings, output: log)
    while true {
      guard engine.isRunning else { throw ConfigurationError("the engine did not start, see \(log.path)") }
      let answer = try? await client.send(HTTPRequest(url: "http://127.0.0.1:\(port)/readyz"))
      if answer?.status == 200 { return engine }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Customers write, each its messages in order; what is not acknowledged is posted again, as Meta does.
  ///
  /// - Parameters:
  ///   - isEnough: asked before each conversation; those that are begun are written to their ends.
  ///   - posts: told of each message before it is posted, however often.
  ///   - told: of each answer its status, or nil when none came.
  /// - Returns: how many conversations there were.
  @discardableResult
  func write(
    _ demo: [String: String], isEnough: @Sendable () -> Bool = { false },
    posts: @escaping @Sendable (_ message: BenchKillPlan.Message) -> Void = { _ in },
    told: @escaping @Sendable (_ message: BenchKillPlan.Message, _ status: Int?) -> Void
  ) async throws -> Int {
    let address = webhook(demo)
    let key = SymmetricKey(data: Array((demo["AIGENTABLE_WHATSAPP_APP_SECRET"] ?? "").utf8))
    return try await withThrowingTaskGroup(of: Void.self) { group in
      var begun = 0
      for conversation in plan.conversations {
        if begun >= Self.customers { try await group.next() }
        guard !isEnough() else { break }
        begun += 1
        group.addTask {
          for message in conversation {
            try await Task.sleep(for: message.pause)
            let body = Self.body(message)
            let code = HMAC<SHA256>.authenticationCode(for: body, using: key)
            let signature = code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            let request = HTTPRequest(
              method: "POST", url: address,
              headers: [
                ("Content-Type", "application/json"), ("X-Hub-Signature-256", "sha256=\(signature)"),
              ], body: body)
            while true {
              posts(message)
              let status = (try? await client.send(request))?.status
              told(message, status)
              if status == 200 { break }
              try await Task.sleep(for: .milliseconds(50))
            }
          }
        }
      }
      try await group.waitForAll()
      return begun
    }
  }

  private static func body(_ message: BenchKillPlan.Message) -> [UInt8] {
    Array(
      """
      {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
      "messaging_product":"whatsapp","metadata":{"display_phone_number":"1","phone_number_id":"100000000000001"},
      "contacts":[{"profile":{"name":"Contact"},"wa_id":"\(message.contact)"}],
      "messages":[{"from":"\(message.contact)","id":"wamid.\(message.id)",
      "timestamp":"\(Int(Date().timeIntervalSince1970))","type":"text","text":{"body":"\(message.text)"}}]}}]}]}
      """.utf8)
  }

  /// The events whose sends had begun and have no outcome, once nothing of the killed process goes on in Postgres.
  private func sendsInFlight(_ pool: PostgresPool) async throws -> [UUID] {
    while true {
      let isQuiet = try await pool.withConnection { connection in
        try connection.execute(
          """
          select not exists (
            select from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
              and backend_type = 'client backend')
          """)[0].bool(0)
      }
      if isQuiet { break }
      try await Task.sleep(for: .milliseconds(5))
    }
    return try await pool.withConnection { connection in
      try connection.execute(
        "select input from stage.ledger where stage = 'deliver' and intent_at is not null and outcome is null"
      ).map { $0.uuid(0) }
    }
  }

  /// Waits until everything has come to its end, or nothing moves any more.
  func settle(_ pool: PostgresPool) async throws {
    var last = BenchKillVerdict.Progress()
    var moved = ContinuousClock.now
    while ContinuousClock.now - moved < Self.patience {
      // The connection may be one that a fault has ended.
      guard let progress = try? await BenchKillVerdict.Progress.read(pool) else {
        try await Task.sleep(for: .milliseconds(250))
        continue
      }
      if progress.isDone(plan.messages) { return }
      if progress != last {
        last = progress
        moved = .now
      }
      try await Task.sleep(for: .milliseconds(250))
    }
  }
}

/// Counts.
final class Tally: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func add(_ more: Int = 1) { value.withLock { $0 += more } }
}
