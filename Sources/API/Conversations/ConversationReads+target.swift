import Contracts
import Postgres
import Projections

/// Where a conversation goes, for what is not sent by the stages.
struct ConversationTarget: Sendable {
  let contact: ContactID
  let connection: ConnectionID
  let channel: Channel
  let address: String?
  let thread: String?
  /// The provider's id of what the contact last wrote.
  let lastInbound: String?
}

extension ConversationReads {
  func target(of id: ConversationID, tenant: TenantID) async throws -> ConversationTarget {
    let statement = PostgresStatement(
      """
      select c.contact, c.connection, c.channel, c.contact_address, c.thread, (
        select m.provider_id from message as m
        where m.conversation = c.id and m.direction = 'inbound'
        order by m."offset" desc limit 1
      )
      from conversation as c
      where c.id = $1 and c.tenant = $2
      """, [.uuid(id.uuid), .uuid(tenant.uuid)])
    return try await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      guard let row = rows[0].first else { throw Problem.notFound("conversation") }
      return ConversationTarget(
        contact: ContactID(row.uuid(0)), connection: ConnectionID(row.uuid(1)),
        channel: Channel(rawValue: row.text(2)), address: row.optional(3, PostgresRow.text),
        thread: row.optional(4, PostgresRow.text), lastInbound: row.optional(5, PostgresRow.text))
    }
  }

  /// What the provider calls a message of the conversation, so that another can quote it.
  func providerID(
    of message: MessageID, in conversation: ConversationID, tenant: TenantID
  ) async throws -> String {
    let statement = PostgresStatement(
      "select provider_id from message where id = $1 and conversation = $2 and tenant = $3",
      [.uuid(message.uuid), .uuid(conversation.uuid), .uuid(tenant.uuid)])
    return try await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      guard let row = rows[0].first else {
        throw Problem(.invalidContent, "$.reply_to: \(message) is no message of this conversation")
      }
      guard let id = row.optional(0, PostgresRow.text) else {
        throw Problem(
          .invalidContent, "$.reply_to: \(message) is not known to have been sent, so nothing can quote it")
      }
      return id
    }
  }

  /// Files of the conversation that lie in the blob store, in the order asked for.
  func storedFiles(
    _ ids: [AttachmentID], in conversation: ConversationID, tenant: TenantID
  ) async throws -> [(facts: AttachmentFacts, composed: ComposedFile)] {
    guard !ids.isEmpty else { return [] }
    let statement = PostgresStatement(
      """
      select a.id, coalesce(a.kind, a.stored_kind), a.media_type, a.bytes, a.blob, coalesce(a.name, a.stored_name)
      from attachment as a
      where a.id = any ($1) and a.conversation = $2 and a.tenant = $3 and a.state = 'stored'
      """, [.uuids(ids.map(\.uuid)), .uuid(conversation.uuid), .uuid(tenant.uuid)])
    let found = try await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      rows[0].map { row in
        let id = AttachmentID(row.uuid(0))
        return (
          facts: AttachmentFacts(
            attachment: id, kind: AttachmentKind(rawValue: row.text(1)) ?? .document, mediaType: row.text(2),
            bytes: Int(row.int8(3))),
          composed: ComposedFile(
            attachment: id, blob: row.text(4), name: row.optional(5, PostgresRow.text))
        )
      }
    }
    return try ids.map { id in
      guard let file = found.first(where: { $0.facts.attachment == id }) else {
        throw Problem(.invalidContent, "$.attachments: \(id) is no stored file of this conversation")
      }
      return file
    }
  }
}
