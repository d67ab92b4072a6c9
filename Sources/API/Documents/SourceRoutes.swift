import Contracts
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Keyring
import Knowledge
import Pipeline
import Postgres

/// Web addresses that documents are fetched from.
struct SourceRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.get, "/v1/sources", list),
      door.route(.post, "/v1/sources", add),
      door.route(.delete, "/v1/sources/{id}", remove),
    ]
  }

  private struct Input: Decodable {
    let address: String
    let kind: SourceAdded.Kind?
    let everyHours: Int?
    let language: String?
    let knowledgeBase: String?
    let tags: [String]?
    enum CodingKeys: String, CodingKey {
      case address, kind
      case everyHours = "every_hours"
      case language
      case knowledgeBase = "knowledge_base"
      case tags
    }

    func facts(_ id: SourceID) throws(Problem) -> SourceAdded.Facts {
      guard let url = URL(string: address), ["http", "https"].contains(url.scheme?.lowercased()),
        url.host?.isEmpty == false, url.user == nil, address.utf8.count <= 2_048
      else { throw Problem(.invalidContent, "$.address must be an http or https url without credentials") }
      if let everyHours, !(1...8_760).contains(everyHours) {
        throw Problem(.invalidContent, "$.every_hours must be 1 to 8760")
      }
      if let knowledgeBase {
        try CommandBounds.check(knowledgeBase, "$.knowledge_base", atMost: CommandBounds.name)
      }
      guard (tags ?? []).count <= 50 else { throw Problem(.invalidContent, "$.tags has more than 50 items") }
      for tag in tags ?? [] { try CommandBounds.check(tag, "$.tags", atMost: 100) }
      return SourceAdded.Facts(
        source: id, address: address, kind: kind ?? .page, everyHours: everyHours,
        language: language ?? DocumentLanguage.told, base: knowledgeBase, tags: tags)
    }
  }

  private struct Item: Encodable, Sendable {
    let id: SourceID
    let address: String
    let kind: String
    let everyHours: Int?
    let pages: Int
    /// `pages 50 of 120` while they are looked at.
    let progress: String?
    let problem: String?
    let lookedAt: Date?
    enum CodingKeys: String, CodingKey {
      case id, address, kind
      case everyHours = "every_hours"
      case pages, progress, problem
      case lookedAt = "looked_at"
    }
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let items = try await dependencies.pool.withConnection { connection in
      try connection.execute(
        """
        select id, address, kind, every_hours, pages, problem, looked_at, done, total
        from knowledge.source where tenant = $1 order by address, id limit 1000
        """, [.uuid(caller.tenant.uuid)]
      ).map { row in
        Item(
          id: SourceID(row.uuid(0)), address: row.text(1), kind: row.text(2),
          everyHours: row.optional(3, PostgresRow.int4).map { Int($0) }, pages: Int(row.int4(4)),
          progress: row.optional(7, PostgresRow.int4).map { "pages \($0) of \(row.int4(8))" },
          problem: row.optional(5, PostgresRow.text), lookedAt: row.optional(6, PostgresRow.date))
      }
    }
    struct Items: Encodable { let items: [Item] }
    return try .json(Items(items: items))
  }

  private func add(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let input = try JSONBody.decode(Input.self, from: try await bytes.read(request, atMost: 64 << 10))
    let id = command.id("source", SourceID.self)
    let facts = try input.facts(id)
    let event = try command.event(SourceAdded.self, key: StreamID(id), facts)
    try await dependencies.pool.withTransaction { [log = dependencies.log] transaction in
      guard try KnowledgeIndex.takesLanguage(facts.language, in: transaction) else {
        throw Problem(
          .invalidContent, "$.language: the database has no text search configuration of that name")
      }
      try SourceTable.add(facts, of: caller.tenant, in: transaction)
      try log.append([event], in: transaction)
    }
    struct Added: Encodable { let id: SourceID }
    return try .json(Added(id: id), status: .accepted)
  }

  private func remove(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "source", as: SourceID.self)
    let event = try command.event(SourceRemoved.self, key: StreamID(id), SourceRemoved.Facts(source: id))
    try await dependencies.pool.withTransaction { [log = dependencies.log] transaction in
      guard try SourceTable.has(id, of: caller.tenant, in: transaction) else {
        throw Problem.notFound("source")
      }
      try log.append([event], in: transaction)
    }
    return Response(status: .noContent)
  }
}
