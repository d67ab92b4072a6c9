import Channels
import Contracts
import EventLog
import Foundation
import Hummingbird
import JSON
import Keyring
import Pipeline
import Postgres

/// The channel accounts of a tenant. What a provider gave us for one goes in and never comes out.
struct ConnectionRoutes: APIRoutes {
  /// For how many hours calls under the secrets before a change are accepted, unless the caller says otherwise, and the
  /// most that they may be.
  private static let previousHours = (usual: 24, most: 720)

  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.get, "/v1/connections", list),
      door.route(.post, "/v1/connections", create),
      door.route(.get, "/v1/connections/{id}", show),
      door.route(.patch, "/v1/connections/{id}", change),
      door.route(.post, "/v1/connections/{id}/disable", disable),
      door.route(.post, "/v1/connections/{id}/enable", enable),
    ]
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await dependencies.directory.catchUp().connections.values
      .filter { $0.tenant == caller.tenant }
      .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    let polled = try await polled(by: caller)
    return try .json(
      Page(items: known.map { ConnectionItem($0, polled[$0.id], dependencies) }, next: nil))
  }

  private func show(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await dependencies.connection(context, caller)
    return try .json(ConnectionItem(known, try await polled(by: caller)[known.id], dependencies))
  }

  private func polled(by caller: Caller) async throws -> [ConnectionID: PollStatus] {
    let statuses = try await dependencies.pool.withConnection {
      try PollStatus.all(of: caller.tenant, on: $0)
    }
    return Dictionary(statuses.map { ($0.connection, $0) }) { first, _ in first }
  }

  private func create(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let input = try JSONBody.decode(ConnectionInput.self, from: try await read(request))
    guard let channel = input.channel else { throw Problem(.invalidContent, "$.channel is missing") }
    guard let name = input.name else { throw Problem(.invalidContent, "$.name is missing") }
    try CommandBounds.check(name, "$.name", atMost: CommandBounds.name)
    let secrets = try input.secrets(of: channel, for: dependencies.channels)
    try await check(input.agent, of: caller)
    let id = command.id("connection", ConnectionID.self)
    let facts = ConnectionCreated.Facts(
      connection: id, channel: channel, name: name, agent: input.agent,
      sendsPerSecond: input.sendsPerSecond)
    try await append(ConnectionCreated.self, facts, secrets, of: id, command)
    return try await answer(id, caller, status: .created)
  }

  /// What is not named stays; what is null is taken away. Calls under the secrets before are accepted for a time, as the
  /// provider goes on with them until it is told.
  private func change(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let known = try await dependencies.connection(context, caller)
    let body = try await read(request)
    let input = try JSONBody.decode(ConnectionInput.self, from: body)
    guard input.channel ?? known.channel == known.channel else {
      throw Problem(.invalidContent, "$.channel cannot be changed")
    }
    if let name = input.name { try CommandBounds.check(name, "$.name", atMost: CommandBounds.name) }
    let hours = input.previousHours ?? Self.previousHours.usual
    guard (0...Self.previousHours.most).contains(hours) else {
      throw Problem(.invalidContent, "$.accept_previous_hours must be 0 to \(Self.previousHours.most)")
    }
    let emptied = Set(
      try JSONBody.object(body).value.object?.compactMap { $0.value.isNull ? $0.key : nil } ?? [])
    let secrets = try input.over(known.secrets, emptied: emptied)
      .secrets(of: known.channel, for: dependencies.channels)
    try await check(input.agent, of: caller)
    let facts = ConnectionChanged.Facts(
      connection: known.id, channel: known.channel, name: input.name ?? known.name,
      agent: emptied.contains("agent") ? nil : input.agent ?? known.agent,
      sendsPerSecond: emptied.contains("sends_per_second")
        ? nil : input.sendsPerSecond ?? known.sendsPerSecond,
      previousUntil: hours == 0 ? nil : command.time.addingTimeInterval(Double(hours) * 3_600))
    try await append(ConnectionChanged.self, facts, secrets, of: known.id, command)
    return try await answer(known.id, caller)
  }

  private func disable(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await dependencies.connection(context, caller)
    if !known.isDisabled {
      try await append(
        ConnectionDisabled.self, .init(connection: known.id), nil, of: known.id,
        Command(request, context, caller))
    }
    return try await answer(known.id, caller)
  }

  private func enable(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await dependencies.connection(context, caller)
    if known.isDisabled {
      try await append(
        ConnectionEnabled.self, .init(connection: known.id), nil, of: known.id,
        Command(request, context, caller))
    }
    return try await answer(known.id, caller)
  }

  // MARK: What they share

  private func read(_ request: Request) async throws -> [UInt8] {
    let body = try await bytes.read(request, atMost: 64 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    return body
  }

  private func check(_ agent: AgentID?, of caller: Caller) async throws {
    guard let agent else { return }
    let known = try await dependencies.directory.catchUp().agents[agent]
    guard let known, known.tenant == caller.tenant, !known.isArchived else {
      throw Problem(.invalidContent, "$.agent: there is no such agent")
    }
  }

  /// - Parameter secrets: are sealed under the tenant's key.
  private func append<Spec: EventSpec>(
    _ spec: Spec.Type, _ facts: Spec.Facts, _ secrets: Spec.Private?, of id: ConnectionID, _ command: Command
  ) async throws {
    let tenant = command.caller.tenant
    try await dependencies.pool.withTransaction { [dependencies] transaction in
      var key: SealingKey?
      if secrets != nil {
        let keyID = KeyID(tenant.uuid)
        key = try dependencies.keyring.create(
          .tenant, tenant: tenant, ids: [keyID], in: transaction)[keyID]
      }
      let event = try command.event(
        Spec.self, key: StreamID(id), facts, private: secrets, sealedWith: key)
      try dependencies.log.append([event], in: transaction)
    }
  }

  private func answer(
    _ id: ConnectionID, _ caller: Caller, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let known = try await dependencies.directory.catchUp().connections[id]
    guard let known else { throw Problem.notFound("connection") }
    return try .json(
      ConnectionItem(known, try await polled(by: caller)[id], dependencies), status: status)
  }
}

extension APIDependencies {
  /// The connection that the path names, of the caller's tenant.
  func connection(_ context: APIContext, _ caller: Caller) async throws -> KnownConnection {
    let id = try context.id("id", of: "connection", as: ConnectionID.self)
    guard let known = try await directory.catchUp().connections[id], known.tenant == caller.tenant else {
      throw Problem.notFound("connection")
    }
    return known
  }
}
