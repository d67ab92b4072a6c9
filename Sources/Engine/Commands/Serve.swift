import API
import ArgumentParser
import Audit
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
import SMTP
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
      let group = ServiceGroup(
        services: try services(foundations), gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
      try await group.run()
    }
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
    let client = HTTPClient()
    let searches = roles.contains(.worker) || roles.contains(.api)
    let retrieval = try searches ? self.retrieval(foundations, client, &services) : Retrieval()
    if let relay = foundations.relay { services.append(Role(name: "relay") { try await relay.run() }) }
    if roles.contains(.projector) {
      services.append(try Projectors(foundations: foundations, metrics: metrics).roles())
    }
    if roles.contains(.worker) {
      let eraser = Eraser(pool: foundations.pool, logger: foundations.logger)
      let retention = Retention(
        pool: foundations.pool,
        erasure: ContactErasure(
          log: foundations.log, pool: foundations.pool, journal: foundations.erasureJournal),
        logger: foundations.logger
      ) { [directory = foundations.directory] in try await directory.catchUp().retention }
      services.append(Role(name: "eraser") { try await eraser.run() })
      services.append(Role(name: "retention") { try await retention.run() })
      if let interval = try foundations.configuration.checkpointInterval {
        let keeper = CheckpointKeeper(
          log: foundations.log, pool: foundations.pool,
          master: try foundations.configuration.loadMasterKey(),
          place: try foundations.configuration.checkpoints.map {
            try foundations.configuration.checkpointPlace($0)
          },
          interval: interval, logger: foundations.logger)
        services.append(Role(name: "checkpoints") { try await keeper.run() })
      }
      let older = OlderInbound(
        Normalize(channels: channels), log: foundations.log, pool: foundations.pool,
        keyring: foundations.keyring,
        directory: foundations.directory, logger: foundations.logger)
      services.append(
        Role(name: "older inbound") {
          try await older.run()
          // A service that returns ends the others.
          try await Task.sleep(for: .seconds(Int32.max))
        })
      let tokens = TokenSender(url: try foundations.configuration.databaseURL, logger: foundations.logger)
      services.append(tokens)
      let owner = StageOwner(url: try foundations.configuration.databaseURL)
      services.append(
        Pollers(foundations: foundations, owner: owner, channels: channels, metrics: metrics).role())
      let workers = Workers(
        foundations: foundations, owner: owner, channels: channels, client: client, metrics: metrics,
        models: models,
        onToken: { effect, text in
          tokens.add(text, to: effect.reply, of: effect.conversation, key: effect.key)
        }, retrieval: retrieval)
      services.append(try workers.roles())
    }
    if roles.contains(.api) {
      services += try api(foundations, channels, metrics, models, retrieval)
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

  private func retrieval(
    _ foundations: Foundations, _ client: HTTPClient, _ services: inout [any Service]
  ) throws -> Retrieval {
    let configuration = foundations.configuration
    var retrieval = Retrieval(
      store: try configuration.vectorStore.store(client), reranker: try configuration.reranker(client))
    switch try configuration.embedding {
    case nil: break
    case .server(let url, let key, let model, let prefixes):
      retrieval.embedder = OpenAIEmbedder(
        url: url, key: key, model: model, prefixes: prefixes, client: client)
    case .local(let python):
      let local = LocalEmbedder(
        python: python, home: foundations.home, client: client, logger: foundations.logger)
      services.append(Role(name: "embedder") { try await local.run() })
      retrieval.embedder = local
    }
    return retrieval
  }

  private func api(
    _ foundations: Foundations, _ channels: ChannelAdapters, _ metrics: EngineMetrics,
    _ models: ModelSettings, _ retrieval: Retrieval
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
        chat: models.gateway(HTTPClient()), toolHosts: ToolHosts(foundations.configuration.toolHosts),
        finder: retrieval.finder(
          pool: foundations.pool, keyring: foundations.keyring, metrics: metrics, logger: foundations.logger)),
      host: host, port: port)
    return [live, application] + (try mailListener(foundations, channels, metrics).map { [$0] } ?? [])
  }

  /// Takes mail by SMTP where that is configured.
  private func mailListener(
    _ foundations: Foundations, _ channels: ChannelAdapters, _ metrics: EngineMetrics
  ) throws -> SMTPListener? {
    let configuration = foundations.configuration
    guard let place = try configuration.smtpListen,
      let adapter = try channels.adapter(for: .email) as? any WebhookChannel
    else { return nil }
    let tls = try configuration.smtpTLS
    let logger = foundations.logger
    let ingress = Ingress(
      log: foundations.log, pool: foundations.pool, keyring: foundations.keyring,
      durability: foundations.relay == nil ? .withKeys : .afterKeys)
    return SMTPListener(
      host: place.host, port: place.port, name: configuration.smtpName,
      taker: MailHandOver(
        directory: foundations.directory, ingress: ingress, adapter: adapter, name: configuration.smtpName,
        metrics: metrics.registry, logger: logger), tls: tls, needsTLS: tls != nil, logger: logger,
      onServing: { logger.notice("mail is taken by smtp", metadata: ["port": "\($0)"]) })
  }
}
