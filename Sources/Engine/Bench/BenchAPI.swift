import API
import ArgumentParser
import Channels
import Contracts
import Foundation
import PostgresLog
import HTTPClient
import Logging
import Pipeline
import Postgres
import Projections
import ServiceLifecycle
import Telemetry

struct BenchAPI: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api",
    abstract: "Clients read the list of conversations and conversations, from many messages.",
    discussion: """
      The server runs in this process and shares the processors with the clients. Every client sends its next \
      request once the last one is answered. The ceiling is the rate of /healthz with the same clients.
      """)

  @Option(help: "Messages in the read model.") var messages = 1_000_000
  @Option(help: "Clients at once.") var clients = 64
  @Option(help: "Seconds of each part.") var seconds = 10.0
  @Flag(help: "Print one JSON object for the list and one for the detail.") var json = false

  private static let apiKey = "bench-"

  func run() async throws {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    let results = try await BenchDatabase.with(connections: 8) { [logger] database in
      var traffic = try await BenchTrafficLog(database)
      let targets = try await fill(&traffic)
      let results = try await serve(traffic, logger) { url in
        try await measure(url, targets)
      }
      await traffic.log.close()
      return results
    }
    for result in results { try result.print(asJSON: json) }
  }

  /// What clients ask for: conversations of many tenants, each with its tenant's key.
  private func fill(_ traffic: inout BenchTrafficLog) async throws -> [BenchTraffic.Talk] {
    var source = BenchTraffic(detail: .messages, keyring: traffic.keyring)
    let provisioning = Provisioning(log: traffic.log, keyring: traffic.keyring, source: "/bench", now: Date())
    for tenant in source.tenants {
      try await traffic.database.pool.withTransaction { transaction in
        try provisioning.createTenant(tenant, name: "bench", in: transaction)
        try provisioning.createAPIKey(
          "\(Self.apiKey)\(tenant)", name: "bench", tenant: tenant, in: transaction)
      }
    }
    var targets: [BenchTraffic.Talk] = []
    var left = messages
    while left > 0 {
      let part = min(left, 100_000)
      // One in eleven events opens a conversation.
      try await traffic.fill(&source, part * 11 / 10)
      targets += source.talks
      left -= part
    }
    let definition = try ProjectionDefinition.load(Home.located().folder("projections/conversations"))
    _ = try await Rebuild(
      log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench")
    ).run(definition)
    // As autovacuum would.
    try await traffic.database.pool.withConnection { try $0.executeScript("vacuum (analyze)") }
    return targets
  }

  /// The API on a free port of the loopback interface, for as long as `body` runs.
  private func serve<R: Sendable>(
    _ traffic: BenchTrafficLog, _ logger: Logger,
    _ body: @escaping @Sendable (_ url: String) async throws -> R
  ) async throws -> R {
    let pool = traffic.database.pool
    let metrics = Metrics()
    let (ports, serving) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    let application = makeApplication(
      dependencies: APIDependencies(
        log: traffic.log, pool: pool, keyring: traffic.keyring,
        directory: Directory(log: traffic.log, pool: pool, keyring: traffic.keyring, logger: logger),
        readModels: ReadModels(pool: pool), channels: ChannelAdapters(), metrics: metrics,
        live: LiveHub(
          log: traffic.log, pool: pool, keyring: traffic.keyring, metrics: metrics, logger: logger),
        durability: .withKeys, readiness: { [] }, logger: logger, publicURL: "http://127.0.0.1"),
      host: "127.0.0.1", port: 0, onServing: { serving.yield($0) })
    let group = ServiceGroup(services: [application], logger: logger)
    return try await withThrowingTaskGroup(of: R?.self) { tasks in
      tasks.addTask {
        defer { serving.finish() }
        try await group.run()
        return nil
      }
      tasks.addTask {
        for await port in ports {
          let result: Result<R, any Error>
          do { result = .success(try await body("http://127.0.0.1:\(port)")) } catch {
            result = .failure(error)
          }
          await group.triggerGracefulShutdown()
          return try result.get()
        }
        throw BenchError("the server did not start")
      }
      var answer: R?
      while let next = try await tasks.next() { answer = answer ?? next }
      guard let answer else { throw BenchError("the server ended before the measurement") }
      return answer
    }
  }

  private func measure(_ url: String, _ targets: [BenchTraffic.Talk]) async throws -> [BenchResult] {
    let load = BenchLoad(clients: clients, seconds: seconds)
    let bare = HTTPRequest(url: "\(url)/healthz")
    _ = try await BenchLoad(clients: clients, seconds: min(seconds, 2)).run { _ in bare }
    let ceiling = try await load.run { _ in bare }
    let list = try await load.run { number in
      Self.request("\(url)/v1/conversations?limit=50", targets[number % targets.count])
    }
    let detail = try await load.run { number in
      let talk = targets[number % targets.count]
      return Self.request("\(url)/v1/conversations/\(talk.id)", talk)
    }
    return [("api list", list), ("api detail", detail)].map { name, measured in
      BenchResult(
        name: name, rate: measured.rate, ceiling: ceiling.rate, p50: measured.latencies.percentile(50),
        p95: measured.latencies.percentile(95), p99: measured.latencies.percentile(99),
        cpuSecondsPerMillion: measured.cpu, more: ["bytes per answer": measured.bytes],
        notes: "\(clients) clients, \(Int(seconds)) s, \(messages) messages; ceiling is /healthz")
    }
  }

  private static func request(_ url: String, _ talk: BenchTraffic.Talk) -> HTTPRequest {
    HTTPRequest(url: url, headers: [("Authorization", "Bearer \(apiKey)\(talk.tenant)")])
  }
}
