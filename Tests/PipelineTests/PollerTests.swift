import Channels
import Contracts
import Foundation
import HTTPClient
import Keyring
import Pipeline
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2))) struct PollerTests {
  @Test func whatComesIsRecordedBeforeItIsConfirmedAndOnce() async throws {
    let provider = ScriptedPoller(bodies: 250)
    try await Polling.run(provider) { polling in
      let known = try await eventually("all is recorded") {
        polling.recorded.names.count == 250 ? polling.recorded.names : nil
      }
      #expect(known == (0..<250).map { "body/\($0)" })
      try await eventually("the position is noted") {
        try await polling.status()?.position == "250" ? true : nil
      }
      let status = try #require(try await polling.status())
      #expect(status.reason == nil && status.received == 250 && status.receivedAt != nil)
      #expect(provider.confirmed <= 250)
    }
  }

  @Test func whatCannotBeRecordedIsAskedForAgain() async throws {
    let provider = ScriptedPoller(bodies: 30)
    try await Polling.run(provider, failingAt: ["body/7", "body/21"]) { polling in
      try await eventually("the position is noted") {
        try await polling.status()?.position == "30" ? true : nil
      }
      // Each is offered until it is recorded; the id of its event keeps it from being there twice.
      #expect(Set(polling.recorded.names) == Set((0..<30).map { "body/\($0)" }))
    }
  }

  @Test func aProviderThatFailsIsAskedLaterAndItsReasonShown() async throws {
    let provider = ScriptedPoller(bodies: 3, failures: 2)
    try await Polling.run(provider) { polling in
      let failing = try await eventually("the failure is noted") {
        let status = try await polling.status()
        return status?.reason == nil ? nil : status
      }
      #expect(failing.reason == "unauthorised" && failing.position == nil)
      try await eventually("it recovers") { try await polling.status()?.position == "3" ? true : nil }
      #expect(polling.recorded.names.count == 3)
      #expect(try await polling.status()?.reason == nil)
    }
  }

  @Test func oneProcessPollsAnAccountAndAnotherGoesOnWhenItDies() async throws {
    let provider = ScriptedPoller(bodies: 2_000, batch: 5)
    try await Polling.run(provider, processes: 2) { polling in
      try await eventually("some is recorded") { polling.recorded.names.count > 20 ? true : nil }
      let owner = try await polling.owner()
      polling.cancel(owner)
      try await eventually("the rest is recorded") {
        try await polling.status()?.position == "2000" ? true : nil
      }
      #expect(provider.mostAtOnce == 1)
      #expect(Set(polling.recorded.names).count == 2_000)
    }
  }

  @Test func aDisabledConnectionIsNotPolledAndAChangedOneIsPolledAnew() async throws {
    let provider = ScriptedPoller(bodies: 1)
    try await Polling.run(provider) { polling in
      try await eventually("it is polled") { provider.secrets == ["test-access-token"] ? true : nil }
      try await polling.change(accessToken: "another")
      try await eventually("with the new secret") { provider.secrets.last == "another" ? true : nil }
      try await polling.disable()
      try await eventually("it ends") { provider.running == 0 ? true : nil }
    }
  }
}

/// Stands for a provider that has a number of bodies to give, and more of them later.
final class ScriptedPoller: PolledChannel {
  let channel = Channel(rawValue: "scripted")
  let maximumBodyBytes = 1_000
  private struct State {
    var failures: Int
    var running = 0
    var mostAtOnce = 0
    var confirmed = 0
    var secrets: [String] = []
  }
  private let state: Mutex<State>
  private let bodies: Int
  private let batch: Int

  init(bodies: Int, batch: Int = 100, failures: Int = 0) {
    self.bodies = bodies
    self.batch = batch
    state = Mutex(State(failures: failures))
  }

  var running: Int { state.withLock(\.running) }
  var mostAtOnce: Int { state.withLock(\.mostAtOnce) }
  var confirmed: Int { state.withLock(\.confirmed) }
  var secrets: [String] { state.withLock(\.secrets) }

  func isPolled(_ connection: ConnectionCreated.Private) -> Bool { true }

  func poll(
    after position: String?, wait: Duration, from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> PollOutcome {
    let fails = state.withLock { state in
      state.running += 1
      state.mostAtOnce = max(state.mostAtOnce, state.running)
      if state.secrets.last != connection.accessToken { state.secrets.append(connection.accessToken ?? "") }
      state.confirmed = max(state.confirmed, position.flatMap { Int($0) } ?? 0)
      defer { state.failures = max(0, state.failures - 1) }
      return state.failures > 0
    }
    defer { state.withLock { $0.running -= 1 } }
    if fails { return .failed(reason: "unauthorised", retryAfter: nil) }
    let start = position.flatMap { Int($0) } ?? 0
    let end = min(start + batch, bodies)
    // Nothing more comes: as a provider that is waited for, until the task is cancelled.
    if start == end { try? await Task.sleep(for: wait) }
    return .step(
      PolledStep(
        bodies: (start..<end).map { PolledBody(name: "body/\($0)", bytes: []) }, next: "\(end)",
        isMore: end < bodies))
  }

  func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool { false }
  func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] { [] }
  func send(
    _ message: OutboundMessage, from connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SendOutcome { .rejected(reason: "unsupported", code: nil) }
}

/// What was recorded, in order; each once fails that is told to.
final class RecordedBodies: Sendable {
  private let state: Mutex<(names: [String], failing: Set<String>)>
  init(failing: Set<String>) { state = Mutex(([], failing)) }

  var names: [String] { state.withLock { $0.names } }

  func record(_ body: PolledBody) throws {
    try state.withLock { state in
      if state.failing.remove(body.name) != nil { throw TestSetupError("told to fail") }
      state.names.append(body.name)
    }
  }
}

/// Processes that poll one connection of a tenant.
struct Polling: Sendable {
  let tenant: TestTenant
  let connection: ConnectionID
  let recorded: RecordedBodies
  private let processes: [(owner: StageOwner, task: Task<Void, any Error>)]

  static func run(
    _ channel: ScriptedPoller, processes: Int = 1, failingAt failing: Set<String> = [],
    _ body: @escaping @Sendable (Polling) async throws -> Void
  ) async throws {
    try await TestDatabase.with(connections: 6) { database in
      let tenant = try await TestTenant.make(in: database)
      let connection = try await tenant.connect(channel.channel, account: "1")
      let recorded = RecordedBodies(failing: failing)
      let client = HTTPClient()
      let running = (0..<processes).map { _ in
        let owner = StageOwner(url: database.url)
        let runner = PollerRunner(
          channels: ChannelAdapters([channel]), client: client, environment: tenant.environment(owner: owner)
        ) { body, _ in try recorded.record(body) }
        return (owner: owner, task: Task { try await runner.run() })
      }
      let polling = Polling(
        tenant: tenant, connection: connection, recorded: recorded, processes: running)
      let result: Result<Void, any Error>
      do { result = .success(try await body(polling)) } catch { result = .failure(error) }
      for process in running { process.task.cancel() }
      for process in running {
        _ = await process.task.result
        process.owner.close()
      }
      client.shutdown()
      await tenant.log.close()
      try result.get()
    }
  }

  func status() async throws -> PollStatus? {
    try await tenant.database.pool.withConnection { [connection] in
      try PollStatus.all(of: nil, on: $0).first { $0.connection == connection }
    }
  }

  /// Who holds the lease of the connection.
  func owner() async throws -> UUID {
    try await tenant.database.pool.withConnection { [connection] postgres in
      let part = Int32(murmur2(connection.uuid.bytes) & 0x7FFF_FFFF) % 64
      return try postgres.execute(
        "select owner from stage.lease where stage = 'poll' and partition = $1", [.int4(part)])[0].uuid(0)
    }
  }

  func cancel(_ owner: UUID) { processes.first { $0.owner.id == owner }?.task.cancel() }

  func change(accessToken: String) async throws {
    try await append(
      ConnectionChanged.self,
      .init(
        connection: connection, channel: Channel(rawValue: "scripted"), name: "1", agent: nil,
        previousUntil: nil),
      .init(account: "1", appSecret: nil, verifyToken: nil, accessToken: accessToken))
  }

  func disable() async throws {
    try await append(ConnectionDisabled.self, .init(connection: connection), nil)
  }

  private func append<Spec: EventSpec>(
    _ spec: Spec.Type, _ facts: Spec.Facts, _ content: Spec.Private?
  ) async throws {
    try await tenant.database.pool.withTransaction { [self] transaction in
      let id = KeyID(tenant.tenant.uuid)
      let key = try tenant.keyring.keys([id], on: transaction.connection)[id]
      try tenant.log.append(
        [
          Event(
            id: EventID(UUID.version7()), type: Spec.type, topic: .tenants, key: StreamID(connection),
            tenant: tenant.tenant, time: Date(), source: "/test",
            value: Spec.value(facts, private: content, sealedWith: key))
        ], in: transaction)
    }
  }
}
