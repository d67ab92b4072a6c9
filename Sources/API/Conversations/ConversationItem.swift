import Contracts
import JSON
import Postgres

enum ConversationState: String, CaseIterable { case open, handedOver = "handed-over", resolved }

/// A conversation in a list.
enum ConversationItem {
  static let columns = """
    id, channel, state, contact, contact_name, contact_address, connection, opened_at, last_message_at,
    case
      when not amended then last_message_text
      when exists (
        select from deletion as d
        where
          d.conversation = conversation.id and d.provider_hmac = conversation.last_message_hmac
          -- What was left of an album is an edit that came of it.
          and not exists (
            select from edit as e
            where
              e.conversation = d.conversation and e.provider_hmac = d.provider_hmac
              and e.at >= d.at and e."offset" > d."offset"
          )
      ) then null
      else coalesce(
        (
          select left(e.text, 200) from edit as e
          where e.conversation = conversation.id and e.provider_hmac = conversation.last_message_hmac
          order by e.at desc, e."offset" desc limit 1
        ), last_message_text)
    end, messages, contact_email, contact_phone, verified, \(consent),
    case when cardinality(labels) > 0 then to_jsonb(labels) end, amended
    """

  /// What the contact said of hearing from us. Few tenants' contacts have said anything, and few contacts of the
  /// others: a page of 50 takes half the time when that is asked first.
  private static let consent = """
    case
      when (
        select exists (select from consent where tenant = current_setting('aigentable.tenant')::uuid)
      ) and exists (
        select from consent
        where consent.tenant = conversation.tenant and consent.contact = conversation.contact
      ) then (
        select jsonb_object_agg(said.scope, said.state)
        from (
          select distinct on (scope) scope, state from consent
          where consent.tenant = conversation.tenant and consent.contact = conversation.contact
          order by scope, at desc, "offset" desc
        ) as said
      )
    end
    """

  /// The members but the count of messages.
  static func write(_ row: PostgresRow, to json: inout JSONText) throws(JSONError) {
    json.uuid("id", row, 0)
    json.text("channel", row, 1)
    json.text("state", row, 2)
    json.key("contact")
    json.object { json in
      json.uuid("id", row, 3)
      json.text("name", row, 4)
      json.text("address", row, 5)
      json.text("email", row, 11)
      json.text("phone", row, 12)
      json.bool("verified", row, 13)
      json.jsonb("consent", row, 14)
    }
    json.uuid("connection", row, 6)
    try json.date("opened_at", row, 7)
    try json.date("last_message_at", row, 8)
    json.text("last_message_text", row, 9)
    if row.isNull(15) { json.key("labels"); json.array { _ in } } else { json.jsonb("labels", row, 15) }
  }

  /// Some of its messages are not what they were: see `MessageItem.amended`.
  static func isAmended(_ row: PostgresRow) -> Bool { row.bool(16) }

  static func writeCount(_ row: PostgresRow, to json: inout JSONText) { json.int4("messages", row, 10) }

  /// Where a page that ends with this row goes on.
  static func cursor(_ row: PostgresRow) -> PageCursor { PageCursor(time: row.date(8), id: row.uuid(0)) }
}

/// A message of a conversation, with how it came about.
enum MessageItem {
  /// A page of the messages of a conversation, `$1`, before the offset `$2`, the last first.
  ///
  /// Most conversations know of no edits, deletions and reactions, and for them it is three times as fast to leave
  /// those tables out.
  static func page(isAmended: Bool) -> String {
    """
    select \(isAmended ? amendedColumns : columns)
    from \(isAmended ? amendedTables : tables)
    where m.conversation = $1 and m."offset" < $2
    order by m."offset" desc
    limit $3
    """
  }

  private static let status = """
    case
      when m.sent_at is null then m.status
      else status_of(rank_until(m.rank, m.sent_at, c.delivered_until, c.read_until))
    end
    """

  private static let columns = """
    m.id, m.direction, m.author, m.kind, m.text, \(status), m.at, m.provider_id, m.agent, m.agent_version, m.model,
    m.reply_kind, array_to_string(m.answers, ' '), m.passages, m.error, m."offset", m.subject, null::timestamptz,
    null::timestamptz, null::jsonb, null::jsonb, \(attachments(of: "m.attachments")), m.choices,
    m.template, \(understood), m.location, m.contacts, \(answered), m.reply_hmac, m.quoted
    """

  /// What it answers or quotes. What the provider says of our own messages is known by their ids there; what a contact
  /// wrote has an id that is made of the provider's: see `unknownQuote`.
  private static let answered = """
    case
      when m.reply_to is not null then m.reply_to
      when m.reply_hmac is not null then coalesce(
        (select d.message from delivery as d where d.provider_hmac = m.reply_hmac and d.tenant = m.tenant),
        (select p.message from part as p where p.provider_hmac = m.reply_hmac and p.tenant = m.tenant))
    end
    """

  private static let tables = """
    message as m
    join conversation as c on c.id = m.conversation
    left join classification as k on k.message = m.id
    """

  /// Of a message that was taken back nothing is shown of what it said. Of an album of which some files were, the others
  /// are; its captions are as the edit has them that says what was left.
  private static let amendedColumns = """
    m.id, m.direction, m.author, m.kind,
    case
      when d.at is not null then null
      when d.gone > 0 and (e."offset" is null or e.at < d.last or e."offset" < d."offset") then null
      when e.at is not null then e.text
      else m.text
    end,
    \(status), m.at, m.provider_id, m.agent, m.agent_version, m.model, m.reply_kind,
    array_to_string(m.answers, ' '), m.passages, m.error, m."offset", m.subject,
    case when d.at is null then e.at end, d.at, case when d.gone = 0 then e.before end, r.reactions,
    case when d.at is null then \(attachments(of: "coalesce(e.attachments, m.attachments)")) end,
    case when d.at is null then m.choices end,
    case when d.at is null then m.template end, case when d.at is null then \(understood) end,
    case when d.at is null then m.location end, case when d.at is null then m.contacts end, \(answered),
    m.reply_hmac,
    case when d.gone > 0 then null when e.at is not null then e.quoted else m.quoted end
    """

  /// With what became of messages since they were sent.
  private static let amendedTables = """
    \(tables)
    left join lateral (
      select
        count(*) as gone, max(x.at) as last, max(x."offset") as "offset",
        case
          when count(*) = cardinality(array_remove(m.part_hmacs || m.provider_hmac, null)) then max(x.at)
        end as at
      from deletion as x
      where x.conversation = m.conversation and x.provider_hmac = any (m.part_hmacs || m.provider_hmac)
    ) as d on true
    left join lateral (
      select
        max(e.at) as at, (array_agg(e."offset" order by e.at desc, e."offset" desc))[1] as "offset",
        (array_agg(e.text order by e.at desc, e."offset" desc))[1] as text,
        (array_agg(e.quoted order by e.at desc, e."offset" desc))[1] as quoted,
        -- Arrays of different lengths make no array of arrays.
        (array_agg(e.attachments::text order by e.at desc, e."offset" desc))[1]::uuid[] as attachments,
        jsonb_build_array(m.text) || coalesce(
          jsonb_agg(e.text order by e.at, e."offset") filter (where not e.is_last), '[]') as before
      from (
        select
          *, row_number() over (order by at desc, "offset" desc) = 1 as is_last
        from edit
        where edit.conversation = m.conversation and edit.provider_hmac = m.provider_hmac
      ) as e
      having count(*) > 0
    ) as e on true
    left join lateral (
      select jsonb_agg(distinct said.reaction) as reactions
      from reaction as r
      cross join lateral jsonb_array_elements(r.reactions) as said (reaction)
      where r.conversation = m.conversation and r.provider_hmac = any (m.part_hmacs || m.provider_hmac)
    ) as r on true
    """

  private static let understood = """
    case
      when k.message is not null then jsonb_strip_nulls(jsonb_build_object(
        'language', k.language, 'sentiment', k.sentiment, 'sentiment_score', k.sentiment_score,
        'intent', k.intent, 'confidence', k.confidence, 'out_of_scope', k.out_of_scope,
        'model_revision', k.model_revision))
    end
    """

  private static func attachments(of ids: String) -> String {
    """
    case
      when \(ids) is not null then (
        select
          jsonb_agg(
            jsonb_strip_nulls(jsonb_build_object(
              'id', f.id, 'kind', coalesce(f.kind, f.stored_kind), 'name', coalesce(f.name, f.stored_name),
              'media_type', coalesce(f.media_type, f.said_media_type),
              'bytes', coalesce(f.bytes, f.said_bytes), 'state', coalesce(f.state, 'fetching'),
              'error', f.error))
            order by l.number)
        from unnest(\(ids)) with ordinality as l (id, number)
        join attachment as f on f.id = l.id
        where f.part_hmac is null or not exists (
          select from deletion as x
          where x.conversation = f.conversation and x.provider_hmac = f.part_hmac
        )
      )
    end
    """
  }

  /// The id of the message that a row quotes, if a contact wrote that: whether there is such a message is not known.
  /// nil when it quotes nothing, or what it quotes is known.
  static func unknownQuote(_ row: PostgresRow, _ tenant: TenantID) -> MessageID? {
    guard row.isNull(27), !row.isNull(28) else { return nil }
    return MessageID(providerHMAC: row.text(28), in: tenant)
  }

  static func id(_ row: PostgresRow) -> MessageID { MessageID(row.uuid(0)) }

  /// - Parameters:
  ///   - quoted: what it quotes, where the row does not say so.
  ///   - reason: what a code of the platform's means; nil for one that is not known.
  static func write(
    _ row: PostgresRow, quoting quoted: MessageID?, reason: (Int) -> String?, to json: inout JSONText
  ) throws(JSONError) {
    json.uuid("id", row, 0)
    json.text("direction", row, 1)
    json.text("author", row, 2)
    json.text("kind", row, 3)
    json.text("text", row, 4)
    json.text("quoted", row, 29)
    json.text("status", row, 5)
    try json.date("at", row, 6)
    json.text("provider_id", row, 7)
    json.uuid("agent", row, 8)
    json.int4("agent_version", row, 9)
    json.text("model", row, 10)
    json.text("reply_kind", row, 11)
    json.key("answers")
    json.array { json in
      for id: MessageID in row.ids(12) { json.write(id.uuid) }
    }
    json.jsonb("passages", row, 13)
    if !row.isNull(14) {
      json.key("error")
      json.write(error(row.text(14), reason))
    }
    json.text("subject", row, 16)
    try json.date("edited_at", row, 17)
    try json.date("deleted_at", row, 18)
    json.jsonb("edits", row, 19)
    json.jsonb("reactions", row, 20)
    json.jsonb("attachments", row, 21)
    json.jsonb("choices", row, 22)
    json.jsonb("template", row, 23)
    json.jsonb("understood", row, 24)
    json.jsonb("location", row, 25)
    json.jsonb("contacts", row, 26)
    if let quoted {
      json.key("reply_to")
      json.write(quoted.uuid)
    } else {
      json.uuid("reply_to", row, 27)
    }
  }

  /// Of what the platform could not deliver after it had taken it, the read model has the platform's code alone.
  private static func error(_ error: String, _ reason: (Int) -> String?) -> String {
    Int(error).flatMap(reason).map { "\($0) \(error)" } ?? error
  }

  static func cursor(_ row: PostgresRow) -> Int64 { row.int8(15) }
}
