import API
import ArgumentParser
import Channels
import Contracts
import Foundation
import HTTPClient
import PostgresLog
import Logging
import ObjectStore
import Pipeline
import Postgres
import Privacy
import Projections
import ServiceLifecycle
import Telemetry

struct BenchAPI: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api",
    abstract: "Clients read the list of conversations and conversations, from many messages.",
    discussion: """
      The server runs in this process and shares the processors with Postgres and the clients. Every client \
      sends its next request once the last one is answered, so that the latency is the number of clients \
      through the rate: what is not said to be spent waits for a processor. The ceiling is the rate of \
      /healthz with the same clients.
      """)

  @Option(help: "Messages in the read model.") var messages = 1_000_000
  @Option(help: "Clients at once.") var clients = 64
  @Option(help: "Connections to Postgres.") var connections = 8
  @Option(help: "Seconds of each part.") var seconds = 10.0
  @Flag(help: "Print one JSON object for the list and one for the detail.") var json = false

  private static let apiKey = "bench-"

  /// What clients ask for, with its tenant's key.
  struct Target: Sendable {
    let conversation: ConversationID
    let tenant: TenantID
  }

  func run() async throws {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    let results = try await BenchDatabase.with(connections: connections) { [logger] database in
      let traffic = try await BenchTrafficLog(database)
      let targets = try await fill(traffic)
      let metrics = Metrics()
      let results = try await serve(traffic, metrics, logger) { port in
        try await measure(port, targets, metrics, database)
      }
      await traffic.log.close()
      return results
    }
    for result in results { try result.print(asJSON: json) }
  }

  /// Conversations of many tenants.
  private func fill(_ traffic: BenchTrafficLog) async throws -> [Target] {
    var source = BenchTraffic(detail: .messages, keyring: traffic.keyring)
    try await Self.admit(source.tenants, traffic)
    var targets: [Target] = []
    var left = messages
    while left > 0 {
      let part = min(left, 100_000)
      // One in eleven events opens a conversation.
      try await traffic.fill(&source, part * 11 / 10)
      targets += source.talks.map { Target(conversation: $0.id, tenant: $0.tenant) }
      left -= part
    }
    _ = try await Self.build(traffic)
    return targets
  }

  /// Tenants with a key each.
  static func admit(_ tenants: [TenantID], _ traffic: BenchTrafficLog) async throws {
    let provisioning = Provisioning(log: traffic.log, keyring: traffic.keyring, source: "/bench", now: Date())
    for tenant in tenants {
      try await traffic.database.pool.withTransaction { transaction in
        try provisioning.createTenant(tenant, name: "bench", in: transaction)
        try provisioning.createAPIKey(
          "\(Self.apiKey)\(tenant)", name: "bench", tenant: tenant, in: transaction)
      }
    }
  }

  /// Makes the read model of what is in the log.
  /// - Returns: the schema that it lies in.
  static func build(_ traffic: BenchTrafficLog) async throws -> String {
    let definition = try ProjectionDefinition.load(Home.located().folder("projections/conversations"))
    let built = try await Rebuild(
      log: traffic.log, pool: traffic.database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench")
    ).run(definition)
    // As autovacuum would.
    try await traffic.database.pool.withConnection { try $0.executeScript("vacuum (analyze)") }
    return built.schema
  }

  /// The API on a free port of the loopback interface, for as long as `body` runs.
  func serve<R: Sendable>(
    _ traffic: BenchTrafficLog, _ metrics: Metrics, _ logger: Logger,
    _ body: @escaping @Sendable (_ port: Int) async throws -> R
  ) async throws -> R {
    let pool = traffic.database.pool
    let (ports, serving) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    let application = makeApplication(
      dependencies: APIDependencies(
        log: traffic.log, pool: pool, keyring: traffic.keyring,
        directory: Directory(log: traffic.log, pool: pool, keyring: traffic.keyring, logger: logger),
        readModels: ReadModels(pool: pool, metrics: metrics), channels: ChannelAdapters(),
        client: HTTPClient(), metrics: metrics,
        live: LiveHub(
          log: traffic.log, pool: pool, keyring: traffic.keyring, metrics: metrics, logger: logger),
        durability: .withKeys, readiness: { [] }, logger: logger, publicURL: "http://127.0.0.1",
        erasureJournal: ErasureJournal(MemoryStore())),
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
          do { result = .success(try await body(port)) } catch {
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

  func measure(
    _ port: Int, _ targets: [Target], _ metrics: Metrics, _ database: BenchDatabase
  ) async throws -> [BenchResult] {
    let load = BenchLoad(port: port, clients: clients, seconds: seconds)
    let bare = Self.request("/healthz", nil)
    _ = try await BenchLoad(port: port, clients: clients, seconds: min(seconds, 2)).run { _ in bare }
    let ceiling = try await load.run { _ in bare }
    return [
      try await measure("list", load, ceiling, metrics, database, Self.lists(targets)),
      try await measure("detail", load, ceiling, metrics, database, Self.details(targets)),
    ]
  }

  /// Answers a second to the two questions, each asked for a while before it counts: what nobody has read lately is read
  /// from disk.
  func rates(_ port: Int, _ targets: [Target]) async throws -> (list: Double, detail: Double) {
    func rate(_ request: @escaping @Sendable (Int) -> [UInt8]) async throws -> Double {
      _ = try await BenchLoad(port: port, clients: clients, seconds: min(seconds, 1)).run(request)
      return try await BenchLoad(port: port, clients: clients, seconds: seconds).run(request).rate
    }
    return (try await rate(Self.lists(targets)), try await rate(Self.details(targets)))
  }

  private static func lists(_ targets: [Target]) -> @Sendable (Int) -> [UInt8] {
    { Self.request("/v1/conversations?limit=50", targets[$0 % targets.count].tenant) }
  }

  private static func details(_ targets: [Target]) -> @Sendable (Int) -> [UInt8] {
    { number in
      let target = targets[number % targets.count]
      return Self.request("/v1/conversations/\(target.conversation)", target.tenant)
    }
  }

  /// - Parameter name: of the answer, as the API's own metrics have it.
  private func measure(
    _ name: String, _ load: BenchLoad, _ ceiling: BenchLoad.Measured, _ metrics: Metrics,
    _ database: BenchDatabase, _ request: @escaping @Sendable (Int) -> [UInt8]
  ) async throws -> BenchResult {
    let reads = ReadTimes(metrics)
    let parts = [
      ("ms until a connection is free", reads.waiting["conversations"]),
      ("ms from statements to rows", reads.statements["conversations"]),
      ("ms of encoding", metrics.encodingTimes[name]),
    ].map { (name: $0, histogram: $1, before: $1.sum) }
    let (measured, spent) = try await ProcessorProfile.during(database) { try await load.run(request) }
    var more = ["bytes per answer": measured.bytes, "cpu s per million, of the clients": measured.clientCPU]
    for part in parts {
      more[part.name] = (part.histogram.sum - part.before) / Double(max(1, measured.latencies.count)) * 1_000
    }
    more.merge(spent.each(of: measured.latencies.count)) { first, _ in first }
    return BenchResult(
      name: "api \(name)", rate: measured.rate, ceiling: ceiling.rate,
      p50: measured.latencies.percentile(50), p95: measured.latencies.percentile(95),
      p99: measured.latencies.percentile(99), cpuSecondsPerMillion: measured.cpu, more: more,
      notes: "\(clients) clients, \(Int(seconds)) s, \(messages) messages; ceiling is /healthz")
  }

  private static func request(_ path: String, _ tenant: TenantID?) -> [UInt8] {
    let key = tenant.map { "Authorization: Bearer \(apiKey)\($0)\r\n" } ?? ""
    return Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(key)\r\n".utf8)
  }
}
