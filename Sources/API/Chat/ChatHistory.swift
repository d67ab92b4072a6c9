import Contracts
import EventLog
import Foundation
import JSON
import Pipeline
import Postgres
import Projections

/// What the read model holds of a visitor's conversation.
struct ChatHistory: Sendable {
  /// Messages that one answer holds at most.
  static let maximumPage = 200
  /// How many messages a browser that has none is given, and how many of those before them at a time.
  static let first = 50

  let readModels: ReadModels
  let pool: PostgresPool
  let layout: LogLayout

  struct Page: Sendable {
    let conversation: ConversationID
    let partition: Partition
    /// In order.
    let messages: [(message: ChatMessage, offset: Offset)]
    /// Before which there are more; nil when there are none, and where what comes after a position was asked for.
    let previous: ChatPosition?
  }

  /// How far the live build has come in each partition. Read before the rows, it is a lower bound for them.
  func progress() async throws -> [Partition: Offset] {
    try await pool.withConnection { connection in
      let rows = try connection.execute(
        """
        select p.partition, max(p."offset")
        from projection.version as v
        join projection.progress as p on p.schema = v.schema
        where v.name = 'conversations' and v.state = 'live' and p.topic = $1
        group by p.partition
        """, [.int2(Topic.conversations.number)])
      return Dictionary(rows.map { (Partition($0.int4(0)), Offset($0.int8(1))) }) { first, _ in first }
    }
  }

  /// The visitor's conversation, and who they are as a contact; nil while they have none in the read model.
  func conversation(of visitor: ChatVisitor) async throws -> (ConversationID, ContactID)? {
    let statement = PostgresStatement(
      """
      select id, contact from conversation
      where tenant = $1 and connection = $2 and address_hmac = $3 and contact_address is not null
      order by opened_at desc, id limit 1
      """,
      [
        .uuid(visitor.connection.tenant.uuid), .uuid(visitor.connection.id.uuid), .text(visitor.addressHMAC),
      ])
    return try await readModels.read(
      "conversations", tenant: visitor.connection.tenant, [statement]
    ) { rows in
      rows[0].first.map { (ConversationID($0.uuid(0)), ContactID($0.uuid(1))) }
    }
  }

  /// Those of these messages that were written to the visitor, as far as the read model has come.
  func sent(_ messages: [MessageID], to visitor: ChatVisitor) async throws -> Set<MessageID> {
    let statement = PostgresStatement(
      """
      select m.id from conversation as c
      join message as m on m.conversation = c.id
      where
        c.tenant = $1 and c.connection = $2 and c.address_hmac = $3 and c.contact_address is not null
        and m.id = any ($4) and m.direction = 'outbound'
      """,
      [
        .uuid(visitor.connection.tenant.uuid), .uuid(visitor.connection.id.uuid), .text(visitor.addressHMAC),
        .uuids(messages.map(\.uuid)),
      ])
    return try await readModels.read(
      "conversations", tenant: visitor.connection.tenant, [statement]
    ) { rows in Set(rows[0].map { MessageID($0.uuid(0)) }) }
  }

  /// The messages above `after`, the oldest first, at most `maximumPage`; without `after` the last `first`, of those
  /// below `before` where that is given. nil while the visitor has no conversation in the read model.
  func page(of visitor: ChatVisitor, after: ChatPosition?, before: ChatPosition? = nil) async throws -> Page?
  {
    let layout = layout
    return try await readModels.read("conversations", tenant: visitor.connection.tenant) { transaction in
      let found = try transaction.execute(
        """
        select id from conversation
        where
          tenant = $1 and connection = $2 and address_hmac = $3
          -- That of a visitor who was erased is nobody's.
          and contact_address is not null
        order by opened_at desc, id limit 1
        """,
        [
          .uuid(visitor.connection.tenant.uuid), .uuid(visitor.connection.id.uuid),
          .text(visitor.addressHMAC),
        ])
      guard let row = found.first else { return nil }
      let conversation = ConversationID(row.uuid(0))
      let partition = StreamID(conversation).partition(of: layout.count(.conversations))
      // A position of another partition is of a conversation that is gone.
      let from = after.flatMap { $0.partition == partition ? $0.offset : nil }
      if let before, before.partition != partition {
        return Page(conversation: conversation, partition: partition, messages: [], previous: nil)
      }
      let rows = try transaction.execute(
        """
        select * from (
          select
            id, "offset", direction, author, text, status, at, provider_id, array_to_string(answers, ' '),
            (
              select jsonb_agg(
                jsonb_strip_nulls(jsonb_build_object(
                  'id', f.id, 'kind', coalesce(f.kind, f.stored_kind), 'name', coalesce(f.name, f.stored_name),
                  'media_type', coalesce(f.media_type, f.said_media_type),
                  'bytes', coalesce(f.bytes, f.said_bytes), 'state', coalesce(f.state, 'fetching')))
                order by l.number)
              from unnest(message.attachments) with ordinality as l (id, number)
              join attachment as f on f.id = l.id
            ), choices, reply_to
          from message
          where
            conversation = $1 and ($2::bigint is null or "offset" > $2)
            and ($4::bigint is null or "offset" < $4)
          order by case when $2 is null then -"offset" else "offset" end
          limit $3
        ) as page
        order by "offset"
        """,
        [
          .uuid(conversation.uuid), from.map { .int8($0.rawValue) } ?? .null,
          // One more tells whether there are any before.
          .int4(Int32(from == nil ? Self.first + 1 : Self.maximumPage)),
          before.map { .int8($0.offset.rawValue) } ?? .null,
        ])
      let messages = try rows.map {
        (message: try ChatMessage($0, in: partition), offset: Offset($0.int8(1)))
      }
      guard from == nil, messages.count > Self.first else {
        return Page(conversation: conversation, partition: partition, messages: messages, previous: nil)
      }
      return Page(
        conversation: conversation, partition: partition, messages: Array(messages.dropFirst()),
        previous: ChatPosition(partition, messages[1].offset))
    }
  }

  /// What has become by now of the messages that a browser has up to `position`, at most `maximumPage` of the
  /// last ones: a status moves no message, so what came after the position does not tell.
  func statuses(
    of visitor: ChatVisitor, in conversation: ConversationID, upTo position: Offset
  ) async throws -> [ChatStatus] {
    let statement = PostgresStatement(
      """
      select id, case direction when 'inbound' then 'unanswered' else status end
      from (
        select id, "offset", direction, status, error
        from message
        where conversation = $1 and "offset" <= $2
        order by "offset" desc
        limit $3
      ) as known
      where direction = 'outbound' or error is not null
      order by "offset"
      """,
      [.uuid(conversation.uuid), .int8(position.rawValue), .int4(Int32(Self.maximumPage))])
    return try await readModels.read(
      "conversations", tenant: visitor.connection.tenant, [statement]
    ) { rows in
      rows[0].map { ChatStatus(id: MessageID($0.uuid(0)), status: $0.text(1)) }
    }
  }
}

extension ChatMessage {
  fileprivate init(_ row: PostgresRow, in partition: Partition) throws {
    let direction = row.text(2)
    self.init(
      id: MessageID(row.uuid(0)),
      clientID: direction == "inbound" ? ChatMessage.clientID(of: row.optional(7, PostgresRow.text)) : nil,
      direction: direction, author: row.text(3), text: row.optional(4, PostgresRow.text), at: row.date(6),
      status: row.text(5), answers: row.ids(8),
      attachments: try row.optional(9, PostgresRow.jsonb).map { try JSON.decode([ChatFile].self, from: $0) },
      choices: try row.optional(10, PostgresRow.jsonb).map {
        try JSON.decode([MessageChoice].self, from: $0)
      },
      replyTo: row.optional(11, PostgresRow.uuid).map { MessageID($0) },
      position: ChatPosition(partition, Offset(row.int8(1))).description)
  }
}
