import API
import ArgumentParser
import Channels
import Contracts
import EventLog
import Extraction
import Foundation
import Keyring
import Knowledge
import Logging
import Models
import Pipeline
import Postgres
import PostgresLog
import Projections

struct BenchPipeline: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Messages through all four stages, with an instant model and an instant channel.",
    discussion: """
      Conversations are spread over connections; each has one message under way. First as fast as it goes, then at \
      half that rate, where latency is measured from the webhook to a readable delivery.succeeded. All projections \
      run. The ceiling is the raw insertion of as many rows as a message has events, in batches of 500.
      """)

  @Option(help: "Conversations.") var conversations = 1_000
  @Option(help: "Connections that they are spread over.") var connections = 100
  @Option(help: "Seconds of each part.") var seconds = 15.0
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let result = try await BenchDatabase.with(connections: 14) { database in
      let scene = try await PipelineScene.make(
        database, conversations: conversations, connections: connections)
      let measured = try await scene.whileRunning {
        try await scene.send(seconds: 4, pause: nil)
        _ = scene.profile.take()
        let cpu = processorSeconds()
        let (full, spent) = try await ProcessorProfile.during(database) {
          try await scene.send(seconds: seconds, pause: nil)
        }
        let used = processorSeconds() - cpu
        let profile = scene.profile.take().merging(spent.each(of: full.latencies.count)) { first, _ in first }
        let (half, halfSpent) = try await ProcessorProfile.during(database) {
          try await scene.send(seconds: seconds, pause: .seconds(Double(conversations) / (full.rate / 2)))
        }
        let halfProfile = scene.profile.take()
          .merging(halfSpent.each(of: half.latencies.count)) { first, _ in first }
        return (full, half, used / Double(full.latencies.count) * 1e6, profile, halfProfile)
      }
      await scene.log.close()
      let raw = try await RawInserts.rate(database, batch: 500, seconds: 5, bytes: 900)
      let (full, half, cpu, profile, halfProfile) = measured
      return BenchResult(
        name: "pipeline", rate: full.rate, ceiling: raw / Double(PipelineScene.eventsPerMessage),
        p50: half.latencies.percentile(50), p95: half.latencies.percentile(95),
        p99: half.latencies.percentile(99), cpuSecondsPerMillion: cpu,
        more: [
          "rate while latency was measured": half.rate, "p50 ms at full rate": full.latencies.percentile(50),
          "p99 ms at full rate": full.latencies.percentile(99),
        ].merging(profile) { first, _ in first }
          .merging(halfProfile.map { ("at half rate, \($0.key)", $0.value) }) { first, _ in first },
        notes: "\(conversations) conversations, \(connections) connections; latencies at half the rate")
    }
    try result.print(asJSON: json)
  }
}

/// A tenant with many connections, the stages and the projections, all in this process.
private struct PipelineScene: Sendable {
  /// webhook.received, message.received, message.classified, context.retrieved, reply.generated,
  /// delivery.succeeded.
  static let eventsPerMessage = 6

  struct Measured: Sendable {
    let rate: Double
    let latencies: Latencies
  }

  let log: PostgresLog
  private let database: BenchDatabase
  private let keyring: Keyring
  private let directory: Directory
  private let ingress: Ingress
  private let tenant: TenantID
  private let connections: [ConnectionID]
  private let conversations: Int
  private let arrivals = Arrivals()
  let profile = StageProfile()

  static func make(
    _ database: BenchDatabase, conversations: Int, connections: Int
  ) async throws -> PipelineScene {
    let log = try await database.makeLog()
    let keyring = Keyring(
      master: try MasterKey(hexadecimal: String(repeating: "0f", count: 32), from: "bench"))
    let tenant = TenantID(UUID.version7())
    let ids = (0..<connections).map { _ in ConnectionID(UUID.version7()) }
    let provisioning = Provisioning(log: log, keyring: keyring, source: "/bench", now: Date())
    try await database.pool.withTransaction { transaction in
      try provisioning.createTenant(tenant, name: "bench", in: transaction)
      let agent = AgentID(UUID.version7())
      try provisioning.createAgent(
        agent, name: "bench",
        definition: AgentDefinition(
          instructions: "Answer.", fallback: "No.", escalation: [], grounding: "free"),
        tenant: tenant, in: transaction)
      for id in ids {
        try provisioning.createConnection(
          .init(connection: id, channel: .webchat, name: "bench", agent: agent),
          secrets: .init(account: nil, appSecret: nil, verifyToken: nil, accessToken: nil), tenant: tenant,
          in: transaction)
      }
      for document in 0..<10 {
        let text = (0..<5).map { BenchWords.section(document * 5 + $0) }.joined(separator: "\n\n")
        try provisioning.uploadDocument(
          DocumentID(UUID.version7()), title: "Document \(document)", mediaType: "text/markdown",
          language: "english", bytes: Array(text.utf8), tenant: tenant, in: transaction)
      }
    }
    return PipelineScene(
      log: log, database: database, keyring: keyring,
      directory: Directory(log: log, pool: database.pool, keyring: keyring, logger: Logger(label: "bench")),
      ingress: Ingress(log: log, pool: database.pool, keyring: keyring, durability: .withKeys),
      tenant: tenant, connections: ids, conversations: conversations)
  }

  /// Runs stages, projections and the watch for deliveries while `body` works.
  func whileRunning<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    let owner = StageOwner(url: database.url)
    defer { owner.close() }
    let roles = try roles(owner)
    return try await withThrowingTaskGroup(of: R?.self) { group in
      for role in roles {
        group.addTask {
          try await role()
          return nil
        }
      }
      group.addTask {
        try await watch()
        return nil
      }
      group.addTask { try await body() }
      defer { group.cancelAll() }
      while let result = try await group.next() { if let result { return result } }
      throw CancellationError()
    }
  }

  private func roles(_ owner: StageOwner) throws -> [@Sendable () async throws -> Void] {
    let environment = StageEnvironment(
      log: log, pool: database.pool, owner: owner, keyring: keyring, directory: directory,
      logger: Logger(label: "bench"), report: { [profile] in profile.add($0) })
    let channels = ChannelAdapters()
    let normalize = StageRunner(
      Normalize(channels: channels), performer: NoEffects(), environment: environment)
    let index = StageRunner(
      Index(),
      performer: DocumentPreparer(
        indexer: DocumentIndexer(
          pool: environment.pool, keyring: environment.keyring, extraction: .ownExecutable, embedder: nil),
        pool: environment.pool), environment: environment)
    let retrieve = StageRunner(
      Retrieve(), performer: PassageSearcher(PassageFinder(pool: environment.pool)), environment: environment)
    let generate = StageRunner(
      Generate(model: ConfiguredModel(name: "instant")), performer: InstantModel(),
      environment: environment)
    let deliver = StageRunner(Deliver(), performer: InstantChannel(), environment: environment)
    let projections = try ProjectionDefinition.loadAll(Home.located().folder("projections")).map {
      ProjectionRunner(
        $0, log: log, pool: database.pool, keys: keyring.source, logger: Logger(label: "bench"))
    }
    return [
      { try await normalize.run() }, { try await index.run() }, { try await retrieve.run() },
      { try await generate.run() }, { try await deliver.run() },
    ] + projections.map { runner in { try await runner.run() } }
  }

  private func watch() async throws {
    let reader = try await log.reader(
      from: log.layout.partitions(.conversations).map { Cursor($0) }, types: [DeliverySucceeded.type])
    while true {
      for record in try await reader.next(limit: 2_000).records {
        if let webhook = record.event.correlation { arrivals.arrived(webhook) }
      }
    }
  }

  /// Every conversation sends, waits for its delivery, and with `pause` begins again no sooner than that.
  @discardableResult
  func send(seconds: Double, pause: Duration?) async throws -> Measured {
    let latencies = Latencies()
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    try await withThrowingTaskGroup { group in
      for number in 0..<conversations {
        group.addTask { @Sendable in
          var next = start
          if let pause { next += pause * Double.random(in: 0..<1) }
          while next < end {
            if pause != nil { try await clock.sleep(until: next) }
            guard clock.now < end else { break }
            let begun = clock.now
            try await exchange(number)
            latencies.record(clock.now - begun)
            next = pause.map { max(begun + $0, clock.now) } ?? clock.now
          }
        }
      }
      try await group.waitForAll()
    }
    return Measured(
      rate: Double(latencies.count) / ((clock.now - start) / .seconds(1)), latencies: latencies)
  }

  private func exchange(_ conversation: Int) async throws {
    let text = BenchWords.question(Int.random(in: 0..<100_000))
    let body = #"{"id":"\#(UUID.version7().uuidString.lowercased())","text":"\#(text)"}"#
    let connection = connections[conversation % connections.count]
    let webhook = try await ingress.take(
      body, sender: "visitor-\(conversation)",
      on: KnownConnectionID(id: connection, tenant: tenant, channel: .webchat),
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    await arrivals.wait(for: webhook)
  }
}

/// Answers at once.
private struct InstantModel: EffectPerformer {
  func perform(_ effect: GenerateEffect) async -> GenerateOutcome {
    .answered(
      GenerateOutcome.Answer(
        text: "You can return goods within 30 days [1].", model: "instant", finishReason: "stop",
        promptTokens: 300, completionTokens: 10, firstTokenMilliseconds: 0, milliseconds: 0))
  }
}

/// Takes every message at once.
private struct InstantChannel: EffectPerformer {
  func perform(_ effect: DeliverEffect) async -> DeliverOutcome {
    .accepted(providerID: "\(effect.message.id)", milliseconds: 0)
  }
}

/// Words for documents and questions: enough of them that searches differ.
enum BenchWords {
  private static let words = [
    "return", "goods", "warranty", "delivery", "refund", "invoice", "colour", "size", "battery", "charger",
    "shipping", "address", "customs", "voucher", "order", "parcel", "courier", "exchange", "repair", "screen",
    "cable", "manual", "account", "password", "payment", "card", "transfer", "receipt", "discount", "season",
    "store", "opening", "holiday", "weekend", "pickup", "deposit", "tracking", "damage", "insurance", "label",
  ]

  static func section(_ number: Int) -> String {
    let topic = words[number % words.count]
    let sentences = (0..<8).map { line in
      let pick = (0..<6).map { words[(number * 7 + line * 11 + $0 * 5) % words.count] }
      return "About \(topic): " + pick.joined(separator: " and ") + "."
    }
    return "## \(topic) \(number)\n\n" + sentences.joined(separator: " ")
  }

  static func question(_ number: Int) -> String {
    let first = words[number % words.count]
    let second = words[number / words.count % words.count]
    return "What about \(first) when my \(second) is number \(number)?"
  }
}
