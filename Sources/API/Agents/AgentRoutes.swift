import Contracts
import EventLog
import Foundation
import Hummingbird
import JSON
import Keyring
import Knowledge
import Pipeline
import Postgres
import Projections
import Replay

/// Who answers. A draft may be written as often as one likes; a published version is complete and never changes, so
/// a change, and a way back, is a new version.
struct AgentRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.post, "/v1/agents", create),
      door.route(.put, "/v1/agents/{id}/draft", change),
      door.route(.post, "/v1/agents/{id}/publish", publishDraft),
      door.route(.post, "/v1/agents/{id}/versions", publish),
      door.route(.post, "/v1/agents/{id}/rollback", rollBack),
      door.route(.delete, "/v1/agents/{id}", archive),
    ] + AgentReads(dependencies, door).routes
  }

  private func create(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let input = try await read(request)
    guard let name = input.name else { throw Problem(.invalidContent, "$.name is missing") }
    try CommandBounds.check(name, "$.name", atMost: CommandBounds.name)
    let id = command.id("agent", AgentID.self)
    let secrets = input.secrets.map { AgentSecrets(secrets: $0) }
    let content = Content(definition: try input.definition(), secrets: secrets)
    try check(content)
    try await append(content, command) { key in
      [
        try command.event(AgentCreated.self, key: StreamID(id), AgentCreated.Facts(agent: id, name: name)),
        try input.isDraft == true
          ? changed(id, name, content, command, key) : published(id, 1, content, command, key),
      ]
    }
    _ = try await dependencies.directory.catchUp()
    return try .json(
      Written(
        id: id, version: input.isDraft == true ? nil : 1,
        warnings: try await warnings(of: content.definition, caller)), status: .created)
  }

  /// Writes the draft.
  private func change(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let (id, known) = try await agent(context, caller)
    let input = try await read(request)
    if let name = input.name { try CommandBounds.check(name, "$.name", atMost: CommandBounds.name) }
    let content = Content(
      definition: try input.definition(after: known.definition),
      secrets: input.secrets.map { AgentSecrets(secrets: $0) } ?? known.draft?.secrets ?? known.secrets)
    try check(content)
    try await append(content, command) { [try changed(id, input.name ?? known.name, content, command, $0)] }
    _ = try await dependencies.directory.catchUp()
    return try .json(
      Written(
        id: id, version: known.version, warnings: try await warnings(of: content.definition, caller)))
  }

  /// Makes the draft the next version.
  private func publishDraft(
    _ request: Request, _ context: APIContext, _ caller: Caller
  ) async throws -> Response {
    let command = try Command(request, context, caller)
    let (id, known) = try await agent(context, caller)
    guard let draft = known.draft else {
      throw Problem(.conflict, "the agent has no draft; write one to /v1/agents/{id}/draft")
    }
    return try await publish(
      id, known, Content(definition: draft.definition, secrets: draft.secrets), command)
  }

  /// The version after the last one, as it is sent. Publishing what is published already changes nothing.
  private func publish(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let (id, known) = try await agent(context, caller)
    let input = try await read(request)
    let content = Content(
      definition: try input.definition(after: known.definition),
      secrets: input.secrets.map { AgentSecrets(secrets: $0) } ?? known.secrets)
    if let version = known.version, known.definition == content.definition, known.secrets == content.secrets {
      return try .json(
        Written(
          id: id, version: version, warnings: try await warnings(of: content.definition, caller)))
    }
    return try await publish(id, known, content, command)
  }

  /// A new version that is what an earlier one was. Secrets stay those of now: what they were may be valid no more.
  private func rollBack(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response
  {
    struct Input: Decodable { let version: Int }
    let command = try Command(request, context, caller)
    let (id, known) = try await agent(context, caller)
    let body = try await bytes.read(request, atMost: 64 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let version = try JSONBody.decode(Input.self, from: body).version
    guard let last = known.version, version != last else {
      throw Problem(.conflict, "version \(version) is the one that answers")
    }
    let old = try await AgentReads(dependencies, door).definition(of: id, version, caller)
    return try await publish(
      id, known, Content(definition: old, secrets: known.secrets), command, restores: version)
  }

  private func archive(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let (id, _) = try await agent(context, caller)
    try await dependencies.pool.withTransaction { [log = dependencies.log] transaction in
      try log.append(
        [try command.event(AgentArchived.self, key: StreamID(id), AgentArchived.Facts(agent: id))],
        in: transaction)
    }
    _ = try await dependencies.directory.catchUp()
    return Response(status: .noContent)
  }

  // MARK: Parts

  /// Nil when there are none.
  private func warnings(of definition: AgentDefinition, _ caller: Caller) async throws -> [String]? {
    let filters = AgentFilters(readModels: dependencies.readModels)
    let warnings =
      try await (definition.untranslated ?? []) + (filters.warnings(of: definition, caller) ?? [])
    return warnings.isEmpty ? nil : warnings
  }

  private struct Content: Sendable {
    let definition: AgentDefinition
    let secrets: AgentSecrets?
  }

  private func agent(_ context: APIContext, _ caller: Caller) async throws -> (AgentID, KnownAgent) {
    let id = try context.id("id", of: "agent", as: AgentID.self)
    let known = try await dependencies.directory.catchUp().agents[id]
    guard let known, known.tenant == caller.tenant, !known.isArchived else { throw Problem.notFound("agent") }
    return (id, known)
  }

  /// Of two that publish at once, the event id, which follows from the version, lets one through; the other is told.
  private func publish(
    _ id: AgentID, _ known: KnownAgent, _ content: Content, _ command: Command, restores: Int? = nil
  ) async throws -> Response {
    try check(content)
    let version = (known.version ?? 0) + 1
    try await append(content, command) {
      [try published(id, version, content, command, $0, restores: restores)]
    }
    let now = try await dependencies.directory.catchUp().agents[id]
    var standing = now?.definition
    if let last = now?.version, last != version {
      // A later one came meanwhile, and this may have been another's all the same.
      standing = try await AgentVersions.read(dependencies.log).agents[id]?.versions[version]
    }
    guard standing == content.definition else {
      throw Problem(.conflict, "another version \(version) was published at the same time")
    }
    return try .json(
      Written(
        id: id, version: version,
        warnings: try await warnings(of: content.definition, command.caller)), status: .created)
  }

  private func check(_ content: Content) throws(Problem) {
    try AgentCheck(models: dependencies.models, hosts: dependencies.toolHosts)
      .check(content.definition, secrets: content.secrets)
  }

  private func read(_ request: Request) async throws -> AgentInput {
    let body = try await bytes.read(request, atMost: 1 << 20)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    return try JSONBody.decode(AgentInput.self, from: body)
  }

  private func changed(
    _ id: AgentID, _ name: String, _ content: Content, _ command: Command, _ key: SealingKey?
  ) throws -> Event {
    try command.event(
      AgentChanged.self, key: StreamID(id),
      AgentChanged.Facts(agent: id, name: name, definition: content.definition), private: content.secrets,
      sealedWith: key)
  }

  private func published(
    _ id: AgentID, _ version: Int, _ content: Content, _ command: Command, _ key: SealingKey?,
    restores: Int? = nil
  ) throws -> Event {
    try command.event(
      AgentPublished.self, key: StreamID(id),
      AgentPublished.Facts(agent: id, version: version, definition: content.definition, restores: restores),
      private: content.secrets, sealedWith: key,
      id: EventID(
        UUID.version5(of: "\(AgentPublished.type)/\(id)/\(version)", in: command.caller.tenant.uuid)))
  }

  private func append(
    _ content: Content, _ command: Command, _ events: @escaping @Sendable (SealingKey?) throws -> [Event]
  ) async throws {
    try await dependencies.pool.withTransaction { [dependencies] transaction in
      guard try KnowledgeIndex.hasLanguage(content.definition.language, in: transaction) else {
        throw Problem(
          .invalidContent, "$.language: the database has no text search configuration of that name")
      }
      let id = KeyID(command.caller.tenant.uuid)
      let key = try content.secrets.flatMap { _ in
        try dependencies.keyring.keys([id], on: transaction.connection)[id]
      }
      try dependencies.log.append(events(key), in: transaction)
    }
  }
}

private struct Written: Encodable {
  let id: AgentID
  let version: Int?
  /// What may be an error, and need not be; nil when nothing is.
  let warnings: [String]?
}
