import Contracts
import Crypto
import EventLog
import Foundation
import Hummingbird
import JSON
import Keyring
import Knowledge
import Postgres
import Projections

/// What agents answer from.
struct DocumentRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.get, "/v1/documents", list),
      door.route(.post, "/v1/documents", upload),
      door.route(.get, "/v1/documents/{id}", show),
      door.route(.post, "/v1/documents/{id}/cancel", cancel),
      door.route(.delete, "/v1/documents/{id}", remove),
    ]
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let after = try PageCursor.parse(request.query("after"))
    let limit = try request.integer("limit", in: 1...200, default: 50)
    let rows = try await dependencies.readModels.read("knowledge", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select \(DocumentItem.columns)
        from document
        where
          tenant = $1 and state <> 'removed'
          and ($2::timestamptz is null or uploaded_at < $2 or (uploaded_at = $2 and id > $3::uuid))
        order by uploaded_at desc, id
        limit $4
        """,
        [
          .uuid(caller.tenant.uuid), after.map { .timestamp($0.time) } ?? .null,
          after.map { .uuid($0.id) } ?? .null, .int4(Int32(limit + 1)),
        ]
      ).map { try DocumentItem($0) }
    }
    let items = try await withProgress(Array(rows.prefix(limit)), caller)
    let next =
      rows.count > limit ? items.last.map { PageCursor(time: $0.uploadedAt, id: $0.id.uuid).text } : nil
    return try .json(Page(items: items, next: next))
  }

  private func show(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let id = try context.id("id", of: "document", as: DocumentID.self)
    let row = try await dependencies.readModels.read("knowledge", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select \(DocumentItem.columns)
        from document where id = $1 and tenant = $2 and state <> 'removed'
        """, [.uuid(id.uuid), .uuid(caller.tenant.uuid)]
      ).first.map { try DocumentItem($0) }
    }
    guard let row else { throw Problem.notFound("document") }
    return try .json(try await withProgress([row], caller)[0])
  }

  /// Of those that are worked on, how far that is.
  private func withProgress(_ items: [DocumentItem], _ caller: Caller) async throws -> [DocumentItem] {
    let open = items.filter { $0.state == "queued" }.map(\.id)
    guard !open.isEmpty else { return items }
    let progress = try await dependencies.pool.withConnection { connection in
      try DocumentWork.progress(of: open, tenant: caller.tenant, on: connection)
    }
    return items.map { $0.with(progress[$0.id]) }
  }

  private func upload(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let kid = KeyID(caller.tenant.uuid)
    let key = try await dependencies.pool.withConnection { [keyring = dependencies.keyring] in
      try keyring.keys([kid], on: $0)[kid]
    }
    guard let key else { throw Problem(.conflict, "the tenant's key is gone") }
    let pool = dependencies.pool
    var receiver = try DocumentReceiver(request, DocumentStore.Upload(tenant: caller.tenant, key: key), pool)
    do {
      let hash = try await receiver.receive(request, bounded: bytes)
      let id = command.id("document", DocumentID.self)
      let facts = try receiver.description.facts(id, bytes: receiver.upload.bytes, blob: hexadecimal(hash))
      let event = try command.event(DocumentUploaded.self, key: StreamID(id), facts)
      let upload = receiver.upload
      try await pool.withTransaction { [log = dependencies.log] transaction in
        guard try KnowledgeIndex.takesLanguage(facts.language, in: transaction) else {
          throw Problem(
            .invalidContent, "$.language: the database has no text search configuration of that name")
        }
        try upload.keep(hash: hash, in: transaction)
        try DocumentStore.sweep(before: command.time.addingTimeInterval(-86_400), in: transaction)
        _ = try DocumentWork.note(id, of: caller.tenant, .queued, on: transaction.connection)
        try log.append([event], in: transaction)
      }
      struct Uploaded: Encodable { let id: DocumentID }
      return try .json(Uploaded(id: id), status: .accepted)
    } catch {
      try? await receiver.upload.discard(pool)
      throw error
    }
  }

  private func cancel(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let id = try context.id("id", of: "document", as: DocumentID.self)
    let isCancelled = try await dependencies.pool.withTransaction {
      try DocumentWork.cancel(id, of: caller.tenant, in: $0)
    }
    guard isCancelled else { throw Problem(.conflict, "nothing is being made of this document") }
    return Response(status: .noContent)
  }

  private func remove(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "document", as: DocumentID.self)
    let state = try await dependencies.readModels.read("knowledge", tenant: caller.tenant) { transaction in
      try transaction.execute(
        "select state from document where id = $1 and tenant = $2",
        [.uuid(id.uuid), .uuid(caller.tenant.uuid)]
      ).first?.text(0)
    }
    guard let state, state != "removed" else { throw Problem.notFound("document") }
    let event = try command.event(
      DocumentRemoved.self, key: StreamID(id), DocumentRemoved.Facts(document: id))
    try await dependencies.pool.withTransaction { [log = dependencies.log] transaction in
      // What is being made of it is not wanted any more.
      _ = try DocumentWork.cancel(id, of: caller.tenant, in: transaction)
      try log.append([event], in: transaction)
    }
    return Response(status: .noContent)
  }
}

struct DocumentItem: Encodable, Sendable {
  let id: DocumentID
  let title: String
  let mediaType: String
  let language: String
  let bytes: Int64
  let state: String
  let chunks: Int
  let error: String?
  let uploadedAt: Date
  /// nil: it lies in none.
  let knowledgeBase: String?
  let tags: [String]
  /// `extracting 3 of 10`; absent once nothing is being made of it.
  private(set) var progress: String?

  enum CodingKeys: String, CodingKey {
    case id, title
    case mediaType = "media_type"
    case language, bytes, state, chunks, error, progress
    case uploadedAt = "uploaded_at"
    case knowledgeBase = "knowledge_base"
    case tags
  }

  static let columns = """
    id, title, media_type, language, bytes, state, chunks, error, uploaded_at, nullif(knowledge_base, ''),
    to_jsonb(tags)
    """

  init(_ row: PostgresRow) throws {
    id = DocumentID(row.uuid(0))
    title = row.text(1)
    mediaType = row.text(2)
    language = row.text(3)
    bytes = row.int8(4)
    state = row.text(5)
    chunks = Int(row.int4(6))
    error = row.optional(7, PostgresRow.text)
    uploadedAt = row.date(8)
    knowledgeBase = row.optional(9, PostgresRow.text)
    tags = try JSON.decode([String].self, from: row.jsonb(10))
  }

  func with(_ progress: String?) -> DocumentItem {
    var item = self
    item.progress = progress
    return item
  }
}
