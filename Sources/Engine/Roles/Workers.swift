import API
import Channels
import Contracts
import EventLog
import Extraction
import HTTPClient
import Knowledge
import Logging
import Models
import Pipeline
import Postgres
import Projections
import ServiceLifecycle

/// A role that runs until it is cancelled, as a service.
struct Role: Service {
  let name: String
  let body: @Sendable () async throws -> Void

  func run() async throws {
    await cancelWhenGracefulShutdown {
      do { try await body() } catch is CancellationError {} catch {
        // A role that cannot go on ends the process: whoever watches it starts it again.
        FatalRole.end(name, error)
      }
    }
  }
}

/// Roles that end at the same time. Services end one after another, and a stage that cannot reach its database takes its
/// patience to end.
struct Roles: Service {
  let roles: [Role]

  func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      for role in roles {
        group.addTask {
          try await role.run()
          if !Task.isCancelled && !Task.isShuttingDownGracefully { FatalRole.end(role.name, EndedByItself()) }
        }
      }
    }
  }
}

/// A role goes on until it is told to end.
private struct EndedByItself: Error {}

/// The stages, with the means to perform their effects.
struct Workers: Sendable {
  let foundations: Foundations
  let owner: StageOwner
  let channels: ChannelAdapters
  let client: HTTPClient
  let metrics: EngineMetrics
  let models: ModelSettings
  let onToken: @Sendable (GenerateEffect, String) -> Void
  let retrieval: Retrieval

  func roles() throws -> Roles {
    let environment = StageEnvironment(
      log: foundations.log, pool: foundations.pool, owner: owner, keyring: foundations.keyring,
      directory: foundations.directory, logger: foundations.logger,
      report: { [metrics] in metrics.report($0) })
    let normalize = StageRunner(
      Normalize(channels: channels, onPassedOver: { [metrics] in metrics.passedOver($0, $1) }),
      performer: NoEffects(), environment: environment)
    let join = StageRunner(Join(), performer: NoEffects(), environment: environment)
    // Two at once: more would take turns on the processor.
    let index = StageRunner(
      Index(),
      performer: DocumentPreparer(
        indexer: DocumentIndexer(
          pool: foundations.pool, keyring: foundations.keyring, extraction: .ownExecutable,
          embedder: retrieval.embedder, store: retrieval.store),
        pool: foundations.pool), environment: environment, maximumRunning: 2)
    let crawl = StageRunner(
      Crawl(),
      performer: Crawler(
        client: client, pool: foundations.pool, keyring: foundations.keyring, extraction: .ownExecutable,
        destination: foundations.configuration.crawlsPrivateAddresses ? .any : .publicInternet),
      environment: environment, maximumRunning: 2)
    let retrieve = retrieve(environment)
    let deliver = StageRunner(
      Deliver(channels: channels, settlingWindow: try foundations.configuration.settlingWindow),
      performer: ChannelSender(
        channels: channels, client: client, pool: foundations.pool,
        links: foundations.configuration.fileLinks),
      environment: environment)
    let acknowledge = StageRunner(
      Acknowledge(channels: channels),
      performer: ChannelAcknowledger(channels: channels, client: client), environment: environment)
    // Few at once: each may hold a file of 100 MiB in clear and sealed.
    let fetch = StageRunner(
      Fetch(),
      performer: ChannelFetcher(
        channels: channels, client: client, pool: foundations.pool, keyring: foundations.keyring),
      environment: environment, maximumRunning: 4)
    // One at a time: a training keeps a core busy for seconds.
    let train = StageRunner(
      Train(), performer: IntentTrainer(pool: foundations.pool, keyring: foundations.keyring),
      environment: environment, maximumRunning: 1)
    let stages = [
      Role(name: "normalize") { try await normalize.run() },
      Role(name: "join") { try await join.run() },
      Role(name: "index") { try await index.run() },
      Role(name: "crawl") { try await crawl.run() },
      retrieve,
      try generate(environment),
      Role(name: "deliver") { try await deliver.run() },
      Role(name: "acknowledge") { try await acknowledge.run() },
      Role(name: "fetch") { try await fetch.run() },
      Role(name: "train") { try await train.run() },
    ]
    return Roles(roles: stages + sweeper())
  }

  private func sweeper() -> [Role] {
    guard let store = retrieval.store else { return [] }
    let sweeper = VectorSweeper(store: store, pool: foundations.pool, logger: foundations.logger)
    return [Role(name: "vector sweeper") { try await sweeper.run() }]
  }

  static let stages: [(StageName, Topic)] = [
    (StageName("normalize"), .inbound), (StageName("join"), .conversations), (StageName("index"), .documents),
    (StageName("crawl"), .documents),
    (StageName("retrieve"), .conversations), (StageName("generate"), .conversations),
    (StageName("deliver"), .conversations), (StageName("acknowledge"), .conversations),
    (StageName("fetch"), .conversations),
    (StageName("train"), .tenants),
  ]

  private func retrieve(_ environment: StageEnvironment) -> Role {
    let finder = retrieval.finder(
      pool: foundations.pool, keyring: foundations.keyring, metrics: metrics, logger: foundations.logger)
    let runner = StageRunner(
      Retrieve(means: finder.means), performer: PassageSearcher(finder), environment: environment)
    return Role(name: "retrieve") { try await runner.run() }
  }

  private func generate(_ environment: StageEnvironment) throws -> Role {
    let stage = Generate(models: models.catalogue, channels: channels)
    guard let gateway = models.gateway(client) else {
      let runner = StageRunner(stage, performer: NoModel(), environment: environment)
      return Role(name: "generate") { try await runner.run() }
    }
    let tools = HTTPToolCaller(
      client: client, hosts: ToolHosts(foundations.configuration.toolHosts),
      files: ToolFiles(pool: foundations.pool))
    let runner = StageRunner(
      stage,
      performer: ModelCaller(
        model: gateway, tools: tools, typing: TypingShower(channels: channels, client: client),
        onToken: onToken),
      environment: environment)
    return Role(name: "generate") { try await runner.run() }
  }
}

/// The projections, each kept up with the log.
struct Projectors: Sendable {
  let foundations: Foundations
  let metrics: EngineMetrics

  func roles() throws -> Roles {
    let definitions = try ProjectionDefinition.loadAll(foundations.home.folder("projections"))
    let known = Set(definitions.map(\.name))
    let followers = definitions.map { definition in
      let runner = runner(definition)
      return Role(name: "projection \(definition.name)") { try await runner.run() }
    }
    return Roles(roles: followers + [Role(name: "new projections") { try await followNew(besides: known) }])
  }

  private func runner(_ definition: ProjectionDefinition) -> ProjectionRunner {
    ProjectionRunner(
      definition, log: foundations.log, pool: foundations.pool, keys: foundations.keyring.source,
      logger: foundations.logger, onWrite: { [metrics] in metrics.applied(definition.name, $0) })
  }

  /// A projection whose folder came while this process runs is followed once `rebuild` has filled it: that holds
  /// itself back for what is live, and a first build by its runner would not.
  private func followNew(besides known: Set<String>) async throws {
    var known = known
    try await withThrowingDiscardingTaskGroup { group in
      while !Task.isCancelled {
        // A folder that is being copied, or a database that is away, is looked at again.
        let live = (try? await ProjectionStatus.live(pool: foundations.pool)) ?? []
        let found = (try? ProjectionDefinition.loadAll(foundations.home.folder("projections"))) ?? []
        for definition in found where live.contains(definition.name) && !known.contains(definition.name) {
          known.insert(definition.name)
          foundations.logger.notice(
            "a new projection is followed", metadata: ["projection": "\(definition.name)"])
          let runner = runner(definition)
          group.addTask { try await runner.run() }
        }
        // A folder tells nobody that it has grown.
        try await Task.sleep(for: .seconds(5))
      }
    }
  }
}
