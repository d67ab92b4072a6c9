import Contracts
import Foundation
import Hummingbird
import Pipeline
import Postgres
import Projections

/// What providers told of a connection's account, and what it was sent that no person wrote.
struct NoticeRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] { [door.route(.get, "/v1/connections/{id}/notices", list)] }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await dependencies.connection(context, caller)
    let after = try PageCursor.parse(request.query("after"))
    let limit = try request.integer("limit", in: 1...200, default: 50)
    let rows = try await dependencies.readModels.read("connections", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select id, kind, at, provider_time, reply_hmac
        from notice
        where
          connection = $1 and tenant = $2
          and ($3::timestamptz is null or at < $3 or (at = $3 and id > $4::uuid))
        order by at desc, id
        limit $5
        """,
        [
          .uuid(known.id.uuid), .uuid(caller.tenant.uuid), after.map { .timestamp($0.time) } ?? .null,
          after.map { .uuid($0.id) } ?? .null, .int4(Int32(limit + 1)),
        ]
      ).map { row in
        NoticeRow(
          id: row.uuid(0), kind: row.text(1), at: row.date(2),
          providerTime: row.optional(3, PostgresRow.date), replyHMAC: row.optional(4, PostgresRow.text))
      }
    }
    let page = rows.prefix(limit)
    let answered = try await messages(Set(page.compactMap(\.replyHMAC)), caller)
    let items = page.map { NoticeItem($0, $0.replyHMAC.flatMap { answered[$0] }) }
    let next = rows.count > limit ? page.last.map { PageCursor(time: $0.at, id: $0.id).text } : nil
    return try .json(Page(items: items, next: next))
  }

  /// Messages of ours by the HMACs of the provider's ids.
  private func messages(_ hmacs: Set<String>, _ caller: Caller) async throws -> [String: AnsweredMessage] {
    guard !hmacs.isEmpty else { return [:] }
    let statement = PostgresStatement(
      """
      select d.provider_hmac, m.id, m.conversation
      from delivery as d
      join message as m on m.id = d.message
      where d.provider_hmac = any ($1) and d.tenant = $2
      """, [.texts(Array(hmacs)), .uuid(caller.tenant.uuid)])
    return try await dependencies.readModels.read("conversations", tenant: caller.tenant, [statement]) {
      rows in
      Dictionary(
        rows[0].map { row in
          (
            row.text(0),
            AnsweredMessage(message: MessageID(row.uuid(1)), conversation: ConversationID(row.uuid(2)))
          )
        }
      ) { first, _ in first }
    }
  }
}

private struct NoticeRow: Sendable {
  let id: UUID
  let kind: String
  let at: Date
  let providerTime: Date?
  let replyHMAC: String?
}

private struct AnsweredMessage: Sendable {
  let message: MessageID
  let conversation: ConversationID
}

/// A notice as the API shows it. What is not known is left out.
private struct NoticeItem: Encodable, Sendable {
  let id: EventID
  let kind: String
  let at: Date
  let providerTime: Date?
  let message: MessageID?
  let conversation: ConversationID?

  init(_ row: NoticeRow, _ answered: AnsweredMessage?) {
    id = EventID(row.id)
    kind = row.kind
    at = row.at
    providerTime = row.providerTime
    message = answered?.message
    conversation = answered?.conversation
  }

  enum CodingKeys: String, CodingKey {
    case id, kind, at
    case providerTime = "provider_time"
    case message, conversation
  }
}
