import API
import ArgumentParser
import Channels
import Contracts
import Foundation
import HTTPClient
import KafkaLog
import Knowledge
import Logging
import Pipeline
import Postgres
import Privacy
import Projections
import ServiceLifecycle
import UnixSignals

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the engine: ingress, stages, projections and API, all or some of them in this process.")

  enum RoleName: String, ExpressibleByArgument, CaseIterable { case api, worker, projector }

  @Option(help: "Where it listens.") var host = "127.0.0.1"
  @Option(
    help: "The port that it listens on; without the role api, for its health and metrics alone.")
  var port = 8080
  @Option(
    help: "Run only this role; may be repeated. api holds webhooks, chat and queries.") var role: [RoleName] =
      []

  func run() async throws {
    FileLimit.raise()
    var logger = Logger(label: "aigentable")
    logger.logLevel =
      ProcessInfo.processInfo.environment["AIGENTABLE_LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0) }
      ?? .notice
    try await Foundations.with(connections: 16, logger: logger) { foundations in
      try await eraseAgain(foundations)
      let group = ServiceGroup(
        services: try services(foundations), gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
      try await group.run()
    }
  }

  /// What was erased after the backup that this database may come from, before anything runs on it.
  private func eraseAgain(_ foundations: Foundations) async throws {
    // On Kafka the log can be read to its end only once what waits in the outbox is published.
    let relaying = foundations.relay.map { relay in Task { try await relay.run() } }
    let replay = ErasureReplay(
      log: foundations.log, pool: foundations.pool, journal: foundations.erasureJournal)
    let result: Result<Int, any Error>
    do { result = .success(try await replay.run()) } catch { result = .failure(error) }
    relaying?.cancel()
    _ = await relaying?.result
    let count = try result.get()
    if count > 0 { foundations.logger.notice("contacts were erased again", metadata: ["count": "\(count)"]) }
  }

  private func services(_ foundations: Foundations) throws -> [any Service] {
    let roles = role.isEmpty ? RoleName.allCases : role
    let models = try ModelSettings(foundations.configuration)
    let metrics = EngineMetrics()
    metrics.watch(foundations.log, foundations.pool, stages: Workers.stages)
    if let relay = foundations.relay { metrics.watch(relay) }
    metrics.watchPollers(foundations.pool)
    let channels = foundations.configuration.channels
    var services: [any Service] = []
    if let relay = foundations.relay { services.append(Role(name: "relay") { try await relay.run() }) }
    if roles.contains(.projector) {
      services += try Projectors(foundations: foundations, metrics: metrics).roles()
    }
    if roles.contains(.worker) {
      let eraser = Eraser(pool: foundations.pool, logger: foundations.logger)
      let retention = InboundRetention(pool: foundations.pool, logger: foundations.logger)
      services.append(Role(name: "eraser") { try await eraser.run() })
      services.append(Role(name: "inbound retention") { try await retention.run() })
      let tokens = TokenSender(url: try foundations.configuration.databaseURL, logger: foundations.logger)
      services.append(tokens)
      let client = HTTPClient()
      let embedder = try embedder(foundations, client, &services)
      let owner = StageOwner(url: try foundations.configuration.databaseURL)
      services.append(
        Pollers(foundations: foundations, owner: owner, channels: channels, metrics: metrics).role())
      services += try Workers(
        foundations: foundations, owner: owner, channels: channels, client: client, metrics: metrics,
        models: models,
        onToken: { effect, text in
          tokens.add(text, to: effect.reply, of: effect.conversation, key: effect.key)
        }, embedder: embedder
      ).roles()
    }
    if roles.contains(.api) {
      services += try api(foundations, channels, metrics, models)
    } else {
      let readiness = Readiness(
        log: foundations.log, pool: foundations.pool, directory: foundations.directory, projections: [])
      services.append(
        makeProbes(
          metrics: metrics.registry, readiness: { await readiness.problems() }, host: host, port: port,
          logger: foundations.logger))
    }
    return services
  }

  private func embedder(
    _ foundations: Foundations, _ client: HTTPClient, _ services: inout [any Service]
  ) throws -> (any Embedder)? {
    switch try foundations.configuration.embedding {
    case nil: return nil
    case .server(let url, let key, let model, let prefixes):
      return OpenAIEmbedder(url: url, key: key, model: model, prefixes: prefixes, client: client)
    case .local(let python):
      let local = LocalEmbedder(
        python: python, home: foundations.home, client: client, logger: foundations.logger)
      services.append(Role(name: "embedder") { try await local.run() })
      return local
    }
  }

  private func api(
    _ foundations: Foundations, _ channels: ChannelAdapters, _ metrics: EngineMetrics,
    _ models: ModelSettings
  ) throws -> [any Service] {
    let live = LiveHub(
      log: foundations.log, pool: foundations.pool, keyring: foundations.keyring,
      metrics: metrics.registry, logger: foundations.logger)
    foundations.erasures.listen { [weak live] in live?.cut($0) }
    let readiness = Readiness(
      log: foundations.log, pool: foundations.pool, directory: foundations.directory,
      projections: try ProjectionDefinition.loadAll(foundations.home.folder("projections")).map(\.name))
    let application = makeApplication(
      dependencies: APIDependencies(
        log: foundations.log, pool: foundations.pool, keyring: foundations.keyring,
        directory: foundations.directory,
        readModels: ReadModels(pool: foundations.pool, metrics: metrics.registry),
        channels: channels, client: HTTPClient(), metrics: metrics.registry, live: live,
        durability: foundations.relay == nil ? .withKeys : .afterKeys,
        readiness: { await readiness.problems() }, logger: foundations.logger,
        publicURL: foundations.configuration.publicURL(port: port),
        erasureJournal: foundations.erasureJournal, models: models.catalogue,
        chat: models.gateway(HTTPClient()), toolHosts: ToolHosts(foundations.configuration.toolHosts)),
      host: host, port: port)
    return [live, application]
  }
}
