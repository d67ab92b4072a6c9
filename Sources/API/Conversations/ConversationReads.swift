import Contracts
import Foundation
import Hummingbird
import Postgres
import Projections

/// Reads of the `conversations` read model for one tenant.
struct ConversationReads: Sendable {
  let readModels: ReadModels

  struct Filter: Sendable {
    let channel: Channel?
    let state: ConversationState?
    let after: PageCursor?
    let limit: Int
  }

  /// The latest first.
  func list(_ filter: Filter, tenant: TenantID) async throws -> Page<ConversationItem> {
    let rows = try await readModels.read("conversations", tenant: tenant) { transaction in
      try transaction.execute(
        """
        select \(ConversationItem.columns)
        from conversation
        where
          tenant = $1 and ($2::text is null or channel = $2) and ($3::text is null or state = $3)
          and (
            $4::timestamptz is null or last_message_at < $4 or (last_message_at = $4 and id > $5::uuid)
          )
        order by last_message_at desc, id
        limit $6
        """,
        [
          .uuid(tenant.uuid), filter.channel.map { .text($0.rawValue) } ?? .null,
          filter.state.map { .text($0.rawValue) } ?? .null,
          filter.after.map { .timestamp($0.time) } ?? .null,
          filter.after.map { .uuid($0.id) } ?? .null, .int4(Int32(filter.limit + 1)),
        ]
      ).map { ConversationItem($0) }
    }
    let items = Array(rows.prefix(filter.limit))
    let next =
      rows.count > filter.limit
      ? items.last.map { PageCursor(time: $0.lastMessageAt, id: $0.id.uuid).text } : nil
    return Page(items: items, next: next)
  }

  /// - Parameter before: only messages before this place; nil for the last ones.
  func detail(
    _ id: ConversationID, limit: Int, before: Int64?, tenant: TenantID
  ) async throws -> ConversationDetail {
    try await readModels.read("conversations", tenant: tenant) { transaction in
      let found = try transaction.execute(
        "select \(ConversationItem.columns) from conversation where id = $1 and tenant = $2",
        [.uuid(id.uuid), .uuid(tenant.uuid)])
      guard let row = found.first else { throw Problem.notFound("conversation") }
      let rows = try transaction.execute(
        """
        select \(MessageItem.columns)
        from message
        where conversation = $1 and ($2::bigint is null or "offset" < $2)
        order by "offset" desc
        limit $3
        """,
        [.uuid(id.uuid), before.map { .int8($0) } ?? .null, .int4(Int32(limit + 1))])
      let page = rows.prefix(limit)
      return ConversationDetail(
        conversation: ConversationItem(row), messages: try page.reversed().map { try MessageItem($0) },
        previous: rows.count > limit ? page.last?.int8(15) : nil)
    }
  }

  /// Whom a conversation is with; not found when it is another tenant's.
  func contact(of id: ConversationID, tenant: TenantID) async throws -> ContactID {
    try await readModels.read("conversations", tenant: tenant) { transaction in
      let found = try transaction.execute(
        "select contact from conversation where id = $1 and tenant = $2",
        [.uuid(id.uuid), .uuid(tenant.uuid)])
      guard let row = found.first else { throw Problem.notFound("conversation") }
      return ContactID(row.uuid(0))
    }
  }
}
