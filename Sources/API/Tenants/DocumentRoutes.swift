import Contracts
import Crypto
import EventLog
import Foundation
import Hummingbird
import Keyring
import Knowledge
import Postgres
import Projections

/// What agents answer from.
struct DocumentRoutes: Sendable {
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
      door.route(.get, "/v1/documents", list),
      door.route(.post, "/v1/documents", upload),
      door.route(.delete, "/v1/documents/{id}", remove),
    ]
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let after = try PageCursor.parse(request.query("after"))
    let limit = try request.integer("limit", in: 1...200, default: 50)
    let rows = try await dependencies.readModels.read("knowledge", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select id, title, media_type, language, bytes, state, chunks, error, uploaded_at
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
      ).map { DocumentItem($0) }
    }
    let items = Array(rows.prefix(limit))
    let next =
      rows.count > limit ? items.last.map { PageCursor(time: $0.uploadedAt, id: $0.id.uuid).text } : nil
    return try .json(Page(items: items, next: next))
  }

  private func upload(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let body = try await bytes.read(request, atMost: CommandBounds.body)
    let upload = try DocumentUpload(request, body)
    let content = Array(upload.text.utf8)
    let digest = Array(SHA256.hash(data: content))
    let id = command.id("document", DocumentID.self)
    let event = try command.event(
      DocumentUploaded.self, key: StreamID(id),
      DocumentUploaded.Facts(
        document: id, title: upload.title, mediaType: upload.mediaType, language: upload.language,
        bytes: content.count, blob: hexadecimal(digest)))
    try await dependencies.pool.withTransaction { [log = dependencies.log] transaction in
      guard try KnowledgeIndex.hasLanguage(upload.language, in: transaction) else {
        throw Problem(
          .invalidContent, "$.language: the database has no text search configuration of that name")
      }
      try BlobStore.put(content, hash: digest, in: transaction)
      try log.append([event], in: transaction)
    }
    struct Uploaded: Encodable { let id: DocumentID }
    return try .json(Uploaded(id: id), status: .accepted)
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
    try await dependencies.pool.withTransaction { [log = dependencies.log] in try log.append([event], in: $0)
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

  enum CodingKeys: String, CodingKey {
    case id, title
    case mediaType = "media_type"
    case language, bytes, state, chunks, error
    case uploadedAt = "uploaded_at"
  }

  init(_ row: PostgresRow) {
    id = DocumentID(row.uuid(0))
    title = row.text(1)
    mediaType = row.text(2)
    language = row.text(3)
    bytes = row.int8(4)
    state = row.text(5)
    chunks = Int(row.int4(6))
    error = row.optional(7, PostgresRow.text)
    uploadedAt = row.date(8)
  }
}

/// A document as it is handed in: in a JSON object, or as the body itself with its title in the query.
struct DocumentUpload: Sendable {
  static let mediaTypes = ["text/plain", "text/markdown"]

  let title: String
  let text: String
  let mediaType: String
  let language: String

  private struct Input: Decodable {
    let title: String
    let text: String
    let mediaType: String?
    let language: String?
    enum CodingKeys: String, CodingKey {
      case title, text
      case mediaType = "media_type"
      case language
    }
  }

  init(_ request: Request, _ body: [UInt8]) throws(Problem) {
    let type = try RequestMediaType.of(request, among: ["application/json"] + Self.mediaTypes)
    if type == "application/json" {
      let input = try JSONBody.decode(Input.self, from: body)
      title = input.title
      text = input.text
      mediaType = input.mediaType ?? "text/plain"
      language = input.language ?? "english"
    } else {
      guard let text = String(validating: body, as: UTF8.self) else {
        throw Problem(.invalidUTF8, "the body is not valid UTF-8")
      }
      guard let title = request.query("title") else {
        throw Problem(.invalidParameter, "title is missing in the query")
      }
      self.title = title
      self.text = text
      mediaType = type
      language = request.query("language") ?? "english"
    }
    guard Self.mediaTypes.contains(mediaType) else {
      throw Problem(.invalidContent, "$.media_type must be \(Self.mediaTypes.joined(separator: " or "))")
    }
    try CommandBounds.check(title, "$.title", atMost: CommandBounds.name)
    try CommandBounds.check(text, "$.text", atMost: CommandBounds.body)
    try CommandBounds.check(language, "$.language", atMost: 63)
  }
}
