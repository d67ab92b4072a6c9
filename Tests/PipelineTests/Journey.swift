import Channels
import Contracts
import EventLog
import Foundation
import HTTPClient
import Knowledge
import Models
import Postgres
import PostgresLog
import Pipeline
import Synchronization
import TestKit

/// Runs the stages while `body` works, and says what was sent. Then the stages are stopped, and `afterwards`
/// sees what they left.
struct Journey: Sendable {
  let tenant: TestTenant
  let sender: RecordingSender
  let channels: ChannelAdapters
  let onPassedOver: @Sendable (PassedOver, Int) -> Void
  /// Which hosts tools may call.
  var toolHosts = ""
  var means = Means()
  var settlingWindow = Duration.seconds(30)

  /// What passages are found by, besides their words.
  struct Means: Sendable {
    var embedder: (any Embedder)?
    var store: (any VectorStore)?
    var reranker: (any Reranker)?
  }

  private let client = HTTPClient()

  /// - Parameters:
  ///   - generates: whether answers are made; else the test does that.
  ///   - models: what the engine is configured with; one that passes names on where it is left out.
  ///   - channel: stands for WhatsApp.
  ///   - now: the clock of the stages.
  static func run<R: Sendable>(
    model: (any ChatModel)? = nil, models: ModelCatalogue? = nil, toolHosts: String = "",
    generates: Bool = true, means: Means = Means(), definition: AgentDefinition = .forTests,
    sender: RecordingSender = RecordingSender(), channel: ScriptedChannel = ScriptedChannel(),
    settlingWindow: Duration = .seconds(30),
    onPassedOver: @escaping @Sendable (PassedOver, Int) -> Void = { _, _ in },
    now: @escaping @Sendable () -> Date = { Date() },
    _ body: @escaping @Sendable (Journey) async throws -> R,
    afterwards: (Journey) async throws -> Void = { _ in }
  ) async throws -> R {
    try await TestDatabase.with(connections: 10) { database in
      let tenant = try await TestTenant.make(in: database, definition: definition)
      let owner = StageOwner(url: database.url)
      let journey = Journey(
        tenant: tenant, sender: sender, channels: ChannelAdapters([channel, WebChatChannel()]),
        onPassedOver: onPassedOver, toolHosts: toolHosts, means: means,
        settlingWindow: settlingWindow)
      let result = try await withThrowingTaskGroup(of: R?.self) { group in
        let environment = tenant.environment(owner: owner, now: now)
        var stages = journey.stages(environment)
        if generates { stages.append(journey.generate(environment, model, models)) }
        for stage in stages {
          group.addTask {
            try await stage()
            return nil
          }
        }
        group.addTask { try await body(journey) }
        defer { group.cancelAll() }
        while let result = try await group.next() { if let result { return result } }
        throw TestSetupError("no result")
      }
      owner.close()
      try await afterwards(journey)
      await tenant.log.close()
      return result
    }
  }

  private func stages(_ environment: StageEnvironment) -> [@Sendable () async throws -> Void] {
    let normalize = StageRunner(
      Normalize(channels: channels, onPassedOver: onPassedOver), performer: NoEffects(),
      environment: environment)
    let join = StageRunner(Join(), performer: NoEffects(), environment: environment)
    let index = StageRunner(
      Index(),
      performer: DocumentPreparer(
        indexer: .forTests(environment, embedder: means.embedder, store: means.store), pool: environment.pool),
      environment: environment)
    let finder = PassageFinder(
      pool: environment.pool, embedder: means.embedder, store: means.store, reranker: means.reranker)
    let retrieve = StageRunner(
      Retrieve(means: finder.means), performer: PassageSearcher(finder), environment: environment)
    let deliver = StageRunner(
      Deliver(
        channels: channels, timeout: .seconds(2), grace: .milliseconds(200), settlingWindow: settlingWindow),
      performer: sender,
      environment: environment)
    let acknowledge = StageRunner(
      Acknowledge(channels: channels, timeout: .seconds(2), grace: .milliseconds(200)),
      performer: ChannelAcknowledger(channels: channels, client: client), environment: environment)
    let fetch = StageRunner(
      Fetch(),
      performer: ChannelFetcher(
        channels: channels, client: client, pool: tenant.database.pool, keyring: tenant.keyring),
      environment: environment, maximumRunning: 4)
    let train = StageRunner(
      Train(), performer: IntentTrainer(pool: tenant.database.pool, keyring: tenant.keyring),
      environment: environment, maximumRunning: 1)
    return [
      { try await normalize.run() }, { try await join.run() }, { try await index.run() },
      { try await retrieve.run() }, { try await deliver.run() }, { try await fetch.run() },
      { try await train.run() }, { try await acknowledge.run() },
    ]
  }

  private func generate(
    _ environment: StageEnvironment, _ model: (any ChatModel)?, _ models: ModelCatalogue?,
    timeout: Duration = .seconds(30), grace: Duration = .seconds(5), patience: Duration = .seconds(10)
  ) -> @Sendable () async throws -> Void {
    guard let model else {
      let runner = StageRunner(
        Generate(model: nil, channels: channels), performer: NoModel(), environment: environment)
      return { try await runner.run() }
    }
    let runner = StageRunner(
      Generate(
        models: models ?? ModelCatalogue(models: [ConfiguredModel(name: "scripted")], passesNamesOn: true),
        channels: channels, timeout: timeout, grace: grace),
      performer: ModelCaller(
        model: model,
        tools: HTTPToolCaller(
          client: client, hosts: ToolHosts(toolHosts), files: ToolFiles(pool: tenant.database.pool)),
        typing: TypingShower(channels: channels, client: client)),
      environment: environment, patience: patience)
    return { try await runner.run() }
  }

  /// A process of its own that makes the answers.
  func generator(_ model: any ChatModel) -> StageProcess {
    StageProcess(on: tenant.database) { pool, owner in
      generate(
        tenant.environment(pool: pool, owner: owner), model, nil, timeout: .seconds(1),
        grace: .milliseconds(200), patience: .zero)
    }
  }
}

/// Stands for the provider: keeps what it was sent, and answers as told.
final class RecordingSender: EffectPerformer {
  struct Sent: Sendable, Equatable {
    let message: MessageID
    let address: String
    let text: String
  }

  private let performed = Mutex<[DeliverEffect]>([])
  private let answer: @Sendable (Int, DeliverEffect) async -> DeliverOutcome

  init(
    answer: @escaping @Sendable (Int, DeliverEffect) async -> DeliverOutcome = { _, effect in
      .accepted(providerID: "provider-\(effect.message.id)", milliseconds: 1)
    }
  ) { self.answer = answer }

  var effects: [DeliverEffect] { performed.withLock { $0 } }
  var all: [Sent] {
    effects.map { Sent(message: $0.message.id, address: $0.message.address, text: $0.message.text) }
  }

  func perform(_ effect: DeliverEffect) async -> DeliverOutcome {
    let call = performed.withLock { performed in
      performed.append(effect)
      return performed.count
    }
    return await answer(call, effect)
  }
}

extension [Record] {
  func count(_ type: EventType) -> Int { filter { $0.event.type == type }.count }
  func keys(of type: EventType) -> Set<StreamID> { Set(filter { $0.event.type == type }.map(\.event.key)) }
  func types(of key: StreamID) -> [String] { filter { $0.event.key == key }.map(\.event.type.rawValue) }
}
