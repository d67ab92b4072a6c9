import Contracts
import EventLog
import Foundation
import Hummingbird
import JSON
import Knowledge
import Pipeline
import Postgres
import Projections

/// Who answers. A version is complete and never changes; a change is a new version.
struct AgentRoutes: Sendable {
  private let dependencies: APIDependencies
  private let door: APIKeyDoor
  private let bytes: RequestBytes

  init(_ parts: RouteParts) {
    dependencies = parts.dependencies
    door = parts.door
    bytes = parts.bytes
  }

  var routes: [Route] {
    [
      door.route(.get, "/v1/agents", list),
      door.route(.post, "/v1/agents", create),
      door.route(.post, "/v1/agents/{id}/versions", publish),
    ]
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let items = try await dependencies.readModels.read("agents", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select a.id, a.name, a.state, a.version, a.created_at, a.published_at, v.definition
        from agent as a
        left join agent_version as v on v.agent = a.id and v.version = a.version
        where a.tenant = $1
        order by a.created_at, a.id
        limit 1000
        """, [.uuid(caller.tenant.uuid)]
      ).map { try AgentItem($0) }
    }
    return try .json(Page(items: items, next: nil))
  }

  private func create(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let input = try await read(request)
    guard let name = input.name else { throw Problem(.invalidContent, "$.name is missing") }
    try CommandBounds.check(name, "$.name", atMost: CommandBounds.name)
    let definition = try input.definition()
    let id = command.id("agent", AgentID.self)
    let events = [
      try command.event(AgentCreated.self, key: StreamID(id), AgentCreated.Facts(agent: id, name: name)),
      try published(id, 1, definition, command),
    ]
    try await append(events, definition)
    _ = try await dependencies.directory.catchUp()
    return try .json(Published(id: id, version: 1), status: .created)
  }

  /// The version after the last one. Publishing what is published already changes nothing. Of two that
  /// publish at once, the event id, which follows from the version, lets one through; the other is told.
  private func publish(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "agent", as: AgentID.self)
    let definition = try await read(request).definition()
    let known = try await dependencies.directory.catchUp().agents[id]
    guard let known, known.tenant == caller.tenant, !known.isArchived else { throw Problem.notFound("agent") }
    if let version = known.version, known.definition == definition {
      return try .json(Published(id: id, version: version))
    }
    let version = (known.version ?? 0) + 1
    try await append([published(id, version, definition, command)], definition)
    let now = try await dependencies.directory.catchUp().agents[id]
    guard let now, now.version != version || now.definition == definition else {
      throw Problem(.conflict, "another version \(version) was published at the same time")
    }
    return try .json(Published(id: id, version: version), status: .created)
  }

  private func read(_ request: Request) async throws -> AgentInput {
    let body = try await bytes.read(request, atMost: 1 << 20)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    return try JSONBody.decode(AgentInput.self, from: body)
  }

  private func published(
    _ id: AgentID, _ version: Int, _ definition: AgentDefinition, _ command: Command
  ) throws -> Event {
    try command.event(
      AgentPublished.self, key: StreamID(id),
      AgentPublished.Facts(agent: id, version: version, definition: definition),
      id: EventID(
        UUID.version5(of: "\(AgentPublished.type)/\(id)/\(version)", in: command.caller.tenant.uuid)))
  }

  private func append(_ events: [Event], _ definition: AgentDefinition) async throws {
    try await dependencies.pool.withTransaction { [log = dependencies.log] transaction in
      guard try KnowledgeIndex.hasLanguage(definition.language, in: transaction) else {
        throw Problem(
          .invalidContent, "$.language: the database has no text search configuration of that name")
      }
      try log.append(events, in: transaction)
    }
  }
}

private struct Published: Encodable {
  let id: AgentID
  let version: Int
}

private struct AgentItem: Encodable, Sendable {
  let id: AgentID
  let name: String
  let state: String
  let version: Int?
  let createdAt: Date
  let publishedAt: Date?
  let definition: JSONValue?

  enum CodingKeys: String, CodingKey {
    case id, name, state, version
    case createdAt = "created_at"
    case publishedAt = "published_at"
    case definition
  }

  init(_ row: PostgresRow) throws {
    id = AgentID(row.uuid(0))
    name = row.text(1)
    state = row.text(2)
    version = row.optional(3, PostgresRow.int4).map { Int($0) }
    createdAt = row.date(4)
    publishedAt = row.optional(5, PostgresRow.date)
    definition = try row.optional(6, PostgresRow.jsonb).map { try JSONValue(parsing: $0) }
  }
}
