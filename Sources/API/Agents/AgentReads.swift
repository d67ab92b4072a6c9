import Contracts
import Foundation
import Hummingbird
import JSON
import Pipeline
import Postgres
import Projections

/// Agents and their versions as they are, and what two of them differ in.
struct AgentReads: Sendable {
  private let dependencies: APIDependencies
  private let door: APIKeyDoor

  init(_ dependencies: APIDependencies, _ door: APIKeyDoor) {
    self.dependencies = dependencies
    self.door = door
  }

  var routes: [Route] {
    [
      door.route(.get, "/v1/agents", list), door.route(.get, "/v1/agents/{id}", detail),
      door.route(.get, "/v1/agents/{id}/versions", versions),
      door.route(.get, "/v1/agents/{id}/versions/{version}", version),
      door.route(.get, "/v1/agents/{id}/diff", difference),
    ]
  }

  /// What a version was.
  func definition(of id: AgentID, _ version: Int, _ caller: Caller) async throws -> AgentDefinition {
    try JSON.decode(AgentDefinition.self, from: try await row(id, version, caller).definition)
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let items = try await dependencies.readModels.read("agents", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select a.id, a.name, a.state, a.version, a.created_at, a.published_at, v.definition, a.changed_at
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

  /// From the log itself, so that it shows what was just written.
  private func detail(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await agent(context, caller)
    return try .json(
      AgentDetail(
        id: known.id, name: known.name,
        state: known.isArchived ? "archived" : known.version == nil ? "draft" : "published",
        version: known.version, definition: known.definition, draft: known.draft?.definition,
        secrets: (known.draft?.secrets ?? known.secrets)?.secrets.map(\.name) ?? []))
  }

  private func versions(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response
  {
    let id = try await agent(context, caller).id
    let items = try await dependencies.readModels.read("agents", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select version, published_at, restores from agent_version
        where agent = $1 and tenant = $2
        order by version desc
        limit 1000
        """, [.uuid(id.uuid), .uuid(caller.tenant.uuid)]
      ).map { VersionItem($0) }
    }
    return try .json(Page(items: items, next: nil))
  }

  private func version(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let id = try await agent(context, caller).id
    guard let number = context.parameters.get("version", as: Int.self) else {
      throw Problem.notFound("version")
    }
    return try .json(try await row(id, number, caller))
  }

  /// What changed from one version to another; without `to`, to the draft, or else to the version that answers.
  private func difference(_ request: Request, _ context: APIContext, _ caller: Caller) async throws
    -> Response
  {
    let known = try await agent(context, caller)
    let last = known.version ?? 0
    let from = try request.integer("from", in: 1...Int(Int32.max), default: max(last, 1))
    let old = try await row(known.id, from, caller).definition
    let new: JSONValue
    if try request.query("to") != nil {
      new = try await row(known.id, request.integer("to", in: 1...Int(Int32.max), default: 1), caller)
        .definition
    } else if let definition = known.draft?.definition ?? known.definition {
      new = try JSONValue(parsing: JSON.encode(definition))
    } else {
      throw Problem.notFound("version")
    }
    return try .json(Difference(changes: DefinitionChange.between(old, new)))
  }

  private func agent(_ context: APIContext, _ caller: Caller) async throws -> KnownAgent {
    let id = try context.id("id", of: "agent", as: AgentID.self)
    guard let known = try await dependencies.directory.catchUp().agents[id], known.tenant == caller.tenant
    else {
      throw Problem.notFound("agent")
    }
    return known
  }

  private func row(_ id: AgentID, _ version: Int, _ caller: Caller) async throws -> VersionDetail {
    let found = try await dependencies.readModels.read("agents", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select version, published_at, restores, definition from agent_version
        where agent = $1 and tenant = $2 and version = $3
        """, [.uuid(id.uuid), .uuid(caller.tenant.uuid), .int4(Int32(clamping: version))]
      ).first.map { try VersionDetail($0) }
    }
    guard let found else { throw Problem.notFound("version") }
    return found
  }
}

/// A member that two definitions differ in; what one of them does not have is left out.
struct DefinitionChange: Encodable, Sendable {
  /// As in `$.texts.handover`.
  let path: String
  let from: JSONValue?
  let to: JSONValue?

  /// Members of objects one by one, everything else as a whole.
  static func between(_ old: JSONValue?, _ new: JSONValue?, at path: String = "$") -> [DefinitionChange] {
    if let old, let new, let before = old.object, let after = new.object {
      let names = before.map(\.key) + after.map(\.key).filter { name in !before.contains { $0.key == name } }
      return names.flatMap { between(old[$0], new[$0], at: "\(path).\($0)") }
    }
    return isSame(old, new) ? [] : [DefinitionChange(path: path, from: old, to: new)]
  }

  /// Whatever order members are in: the database has one of its own.
  private static func isSame(_ old: JSONValue?, _ new: JSONValue?) -> Bool {
    if let before = old?.object, let after = new?.object {
      return before.count == after.count && before.allSatisfy { isSame($0.value, new?[$0.key]) }
    }
    if let before = old?.array, let after = new?.array {
      return before.count == after.count && zip(before, after).allSatisfy { isSame($0, $1) }
    }
    return old?.serialized() == new?.serialized()
  }
}

private struct Difference: Encodable { let changes: [DefinitionChange] }

private struct AgentDetail: Encodable {
  let id: AgentID
  let name: String
  let state: String
  let version: Int?
  let definition: AgentDefinition?
  let draft: AgentDefinition?
  /// Their names: nobody reads them back.
  let secrets: [String]
}

private struct AgentItem: Encodable, Sendable {
  let id: AgentID
  let name: String
  let state: String
  let version: Int?
  let createdAt: Date
  let publishedAt: Date?
  let changedAt: Date?
  let definition: JSONValue?

  enum CodingKeys: String, CodingKey {
    case id, name, state, version
    case createdAt = "created_at"
    case publishedAt = "published_at"
    case changedAt = "changed_at"
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
    changedAt = row.optional(7, PostgresRow.date)
  }
}

private struct VersionItem: Encodable, Sendable {
  let version: Int
  let publishedAt: Date
  let restores: Int?

  enum CodingKeys: String, CodingKey {
    case version
    case publishedAt = "published_at"
    case restores
  }

  init(_ row: PostgresRow) {
    version = Int(row.int4(0))
    publishedAt = row.date(1)
    restores = row.optional(2, PostgresRow.int4).map { Int($0) }
  }
}

private struct VersionDetail: Encodable, Sendable {
  let version: Int
  let publishedAt: Date
  let restores: Int?
  let definition: JSONValue

  enum CodingKeys: String, CodingKey {
    case version
    case publishedAt = "published_at"
    case restores, definition
  }

  init(_ row: PostgresRow) throws {
    version = Int(row.int4(0))
    publishedAt = row.date(1)
    restores = row.optional(2, PostgresRow.int4).map { Int($0) }
    definition = try JSONValue(parsing: row.jsonb(3))
  }
}
