@testable import API
import Channels
import Contracts
import EventLog
import Foundation
import HTTPClient
import Hummingbird
import Keyring
import Logging
import Models
import ObjectStore
import Pipeline
import Postgres
import PostgresLog
import Privacy
import Projections
import ServiceLifecycle
import Telemetry
import TestKit

/// The API on a free port over an embedded log of its own, with a tenant, called over real sockets.
struct TestAPI: Sendable {
  let database: TestDatabase
  let log: PostgresLog
  let keyring: Keyring
  let hub: LiveHub
  let metrics: Metrics
  let client: HTTPClient
  let port: Int
  let tenant: TestTenantIDs
  /// `METHOD /path` of everything that is answered to.
  let routes: [String]
  let services: ServiceGroup

  struct TestTenantIDs: Sendable {
    let id = TenantID(UUID.version7())
    let agent = AgentID(UUID.version7())
    let whatsApp = ConnectionID(UUID.version7())
    let webChat = ConnectionID(UUID.version7())
    let apiKey = "key-\(UUID().uuidString)"
    let appSecret = "secret-\(UUID().uuidString)"
    let verifyToken = "verify-\(UUID().uuidString)"
  }

  var url: String { "http://127.0.0.1:\(port)" }

  /// Everything runs while `body` does.
  ///
  /// - Parameters:
  ///   - projections: which read models are kept up.
  ///   - channels: that the engine has.
  ///   - writing: where the way in writes; nil is the database itself.
  static func with(
    projections: [String] = [], channels: ChannelAdapters = ChannelAdapters(),
    writing: (@Sendable (TestDatabase) -> PostgresPool)? = nil,
    readiness: @escaping @Sendable () async -> [ReadinessProblem] = { [] },
    models: ModelCatalogue = ModelCatalogue(models: []), chat: (any ChatModel)? = nil,
    toolHosts: ToolHosts = ToolHosts(),
    _ body: @escaping @Sendable (TestAPI) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let log = try await database.makeLog()
      let keyring = Keyring(
        master: try MasterKey(hexadecimal: String(repeating: "5a", count: 32), from: "test"))
      let tenant = TestTenantIDs()
      try await provision(tenant, log: log, keyring: keyring, pool: database.pool)
      let directory = Directory(log: log, pool: database.pool, keyring: keyring, logger: logger)
      _ = try await directory.catchUp()
      let metrics = Metrics()
      let client = HTTPClient()
      let hub = LiveHub(
        log: log, pool: database.pool, keyring: keyring, metrics: metrics, logger: logger,
        heartbeat: .milliseconds(200), patience: .seconds(60))
      let (ports, serving) = AsyncStream<Int>.makeStream()
      let dependencies = APIDependencies(
        log: log, pool: writing?(database) ?? database.pool, keyring: keyring, directory: directory,
        readModels: ReadModels(pool: database.pool, metrics: metrics), channels: channels,
        client: client, metrics: metrics, live: hub, durability: .withKeys, readiness: readiness,
        logger: logger,
        publicURL: "https://chat.example", erasureJournal: ErasureJournal(MemoryStore()), models: models,
        chat: chat,
        toolHosts: toolHosts)
      let application = makeApplication(
        dependencies: dependencies, host: "127.0.0.1", port: 0, onServing: { serving.yield($0) })
      let services = ServiceGroup(
        configuration: ServiceGroupConfiguration(services: [hub, application], logger: logger))
      try await withThrowingTaskGroup { group in
        group.addTask { try await services.run() }
        for name in projections {
          let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/\(name)"))
          let runner = ProjectionRunner(
            definition, log: log, pool: database.pool, keys: { try keyring.keys($0, on: $1) }, logger: logger)
          group.addTask { try await runner.run() }
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { throw TestSetupError("the server did not start") }
        let api = TestAPI(
          database: database, log: log, keyring: keyring, hub: hub, metrics: metrics, client: client,
          port: port, tenant: tenant,
          routes: RouteTable(dependencies).routes.map { "\($0.method.rawValue) \($0.path)" },
          services: services)
        for name in projections {
          try await until("\(name) is live") {
            try await database.pool.withConnection {
              try !$0.execute(
                "select from projection.version where name = $1 and state = 'live'", [.text(name)]
              ).isEmpty
            }
          }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(api)) } catch { result = .failure(error) }
        // Every test ends as a deployment does; open streams and connections must not hold it up.
        await services.triggerGracefulShutdown()
        _ = await group.nextResult()
        api.client.shutdown()
        group.cancelAll()
        while let ended = await group.nextResult() { if case .failure = ended { continue } }
        await log.close()
        try result.get()
      }
    }
  }

  private static func provision(
    _ tenant: TestTenantIDs, log: PostgresLog, keyring: Keyring, pool: PostgresPool
  ) async throws {
    let provisioning = Provisioning(log: log, keyring: keyring, source: "/test", now: Date())
    let secrets = ConnectionCreated.Private(
      account: "100000000000001", appSecret: tenant.appSecret, verifyToken: tenant.verifyToken,
      accessToken: "access")
    try await pool.withTransaction { transaction in
      try provisioning.createTenant(tenant.id, name: "Test shop", in: transaction)
      try provisioning.createAPIKey(tenant.apiKey, name: "test", tenant: tenant.id, in: transaction)
      try provisioning.createAgent(
        tenant.agent, name: "Test agent",
        definition: AgentDefinition(instructions: "You answer.", fallback: "I do not know."),
        tenant: tenant.id, in: transaction)
      for (id, channel) in [(tenant.whatsApp, Channel.whatsapp), (tenant.webChat, .webchat)] {
        try provisioning.createConnection(
          .init(connection: id, channel: channel, name: "Bean & Leaf <Roasters>", agent: tenant.agent),
          secrets: secrets, tenant: tenant.id, in: transaction)
      }
    }
  }

  /// Another tenant in the same database.
  func provisionAnother() async throws -> TestTenantIDs {
    let other = TestTenantIDs()
    try await Self.provision(other, log: log, keyring: keyring, pool: database.pool)
    return other
  }
}

/// Asks again until it holds; each time is a real look, and none is waited for longer than a minute in all.
func until(_ what: String, _ holds: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(60)
  while try await !holds() {
    guard ContinuousClock.now < deadline else { throw TestSetupError("\(what): not within a minute") }
    await Task.yield()
  }
}
