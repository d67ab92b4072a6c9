import Contracts
import EventLog
import Foundation
import Hummingbird
import Keyring
import Pipeline
import Postgres
import Privacy
import Projections

/// What is known of a contact, and how they are erased.
struct ContactRoutes: Sendable {
  private let dependencies: APIDependencies
  private let door: APIKeyDoor
  private let bytes: RequestBytes
  private let erasure: ContactErasure

  init(_ parts: RouteParts) {
    dependencies = parts.dependencies
    door = parts.door
    bytes = parts.bytes
    erasure = ContactErasure(
      log: dependencies.log, pool: dependencies.pool, journal: dependencies.erasureJournal)
  }

  var routes: [Route] {
    [
      door.route(.get, "/v1/contacts/{id}", read),
      door.route(.delete, "/v1/contacts/{id}", erase),
      door.route(.get, "/v1/contacts/{id}/export", export),
      door.route(.put, "/v1/contacts/{id}/labels", label),
    ]
  }

  /// The contact in the path, unless it was erased.
  private func contact(_ context: APIContext, _ caller: Caller) async throws -> ContactID {
    let id = try context.id("id", of: "contact", as: ContactID.self)
    guard try await erasure.progress(of: id, tenant: caller.tenant) == nil else {
      throw Problem(.contactErased, "the contact was erased")
    }
    return id
  }

  private func export(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let format = try request.query("format") ?? "json"
    guard ["json", "html"].contains(format) else {
      throw Problem(.invalidParameter, "format must be json or html")
    }
    let id = try await contact(context, caller)
    let found = try await PersonExport(
      log: dependencies.log, pool: dependencies.pool, keyring: dependencies.keyring,
      readModels: dependencies.readModels, isQuick: true
    ).json(id, tenant: caller.tenant)
    guard let found else { throw Problem.notFound("contact") }
    guard format == "html" else { return .json(bytes: found, headers: [.cacheControl: "private, no-store"]) }
    return .text(try ContactExport.page(found), type: "text/html; charset=utf-8")
  }

  private func read(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let id = try await contact(context, caller)
    let statement = PostgresStatement(
      """
      select id, connection, channel, state, contact_name, contact_address, opened_at, last_message_at
      from conversation
      where contact = $1 and tenant = $2
      order by last_message_at desc, id
      limit 1000
      """, [.uuid(id.uuid), .uuid(caller.tenant.uuid)])
    let conversations = try await dependencies.readModels.read(
      "conversations", tenant: caller.tenant, [statement]
    ) { $0[0].map { ContactConversation($0) } }
    guard let latest = conversations.first else { throw Problem.notFound("contact") }
    return try .json(
      ContactItem(
        id: id, name: latest.name ?? conversations.lazy.compactMap(\.name).first,
        labels: try await dependencies.directory.catchUp().labels[id] ?? [],
        since: conversations.map(\.openedAt).min() ?? latest.openedAt, conversations: conversations))
  }

  /// Escalation rules may look at them, in every conversation with the contact.
  private func label(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let id = try await contact(context, caller)
    let labels = try LabelsInput.read(try await bytes.read(request, atMost: 64 << 10), of: request)
    let statement = PostgresStatement(
      "select exists (select from conversation where contact = $1 and tenant = $2)",
      [.uuid(id.uuid), .uuid(caller.tenant.uuid)])
    let isKnown = try await dependencies.readModels.read(
      "conversations", tenant: caller.tenant, [statement]
    ) { $0[0][0].bool(0) }
    guard isKnown else { throw Problem.notFound("contact") }
    let kid = KeyID(id.uuid)
    let key = try await dependencies.pool.withConnection { [keyring = dependencies.keyring] in
      try keyring.keys([kid], on: $0)[kid]
    }
    guard let key else { throw Problem(.contactErased, "the contact was erased") }
    let event = try command.event(
      ContactLabelled.self, key: StreamID(caller.tenant), .init(contact: id), private: .init(labels: labels),
      sealedWith: key)
    try await dependencies.pool.withTransaction { [log = dependencies.log] in try log.append([event], in: $0)
    }
    return try .json(LabelsInput(labels: labels), status: .accepted)
  }

  private func erase(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let id = try context.id("id", of: "contact", as: ContactID.self)
    let progress = try await erasure.erase(
      .init(contact: id, tenant: caller.tenant, source: "/api", traceparent: context.traceparent))
    guard let progress else { throw Problem.notFound("contact") }
    // Other processes are told by Postgres; this one need not wait for that.
    dependencies.keyring.bury(KeyID(id.uuid))
    return try .json(
      ErasedItem(id: id, erasedAt: progress.erasedAt, finishedAt: progress.finishedAt), status: .accepted)
  }
}

private struct ErasedItem: Encodable {
  let id: ContactID
  let erasedAt: Date
  let finishedAt: Date?

  enum CodingKeys: String, CodingKey {
    case id
    case erasedAt = "erased_at"
    case finishedAt = "finished_at"
  }
}

private struct ContactItem: Encodable {
  let id: ContactID
  let name: String?
  let labels: [String]
  let since: Date
  let conversations: [ContactConversation]
}

private struct ContactConversation: Encodable, Sendable {
  let id: ConversationID
  let connection: ConnectionID
  let channel: String
  let state: String
  let name: String?
  let address: String?
  let openedAt: Date
  let lastMessageAt: Date

  init(_ row: PostgresRow) {
    id = ConversationID(row.uuid(0))
    connection = ConnectionID(row.uuid(1))
    channel = row.text(2)
    state = row.text(3)
    name = row.optional(4, PostgresRow.text)
    address = row.optional(5, PostgresRow.text)
    openedAt = row.date(6)
    lastMessageAt = row.date(7)
  }

  enum CodingKeys: String, CodingKey {
    case id, connection, channel, state, name, address
    case openedAt = "opened_at"
    case lastMessageAt = "last_message_at"
  }
}
