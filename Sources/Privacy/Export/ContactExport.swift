import Contracts
import Foundation
import JSON
import Postgres
import Projections

/// Everything that read models keep about a contact in the clear: who they are, what they and we said, which files came, what was
/// made of it, and what they said of hearing from us.
package struct ContactExport: Sendable {
  private let pool: PostgresPool
  private let readModels: ReadModels

  package init(pool: PostgresPool, readModels: ReadModels) {
    self.pool = pool
    self.readModels = readModels
  }

  /// A JSON object; nil when nothing is known of the contact.
  package func json(_ contact: ContactID, tenant: TenantID) async throws -> [UInt8]? {
    let (conversations, consents) = try await pool.withConnection { connection in
      let found = try connection.execute(
        "select conversation from stage.participant where contact = $1", [.uuid(contact.uuid)])
      let said = try connection.execute(
        """
        select coalesce(
          jsonb_agg(jsonb_build_object('scope', c.scope, 'state', c.state, 'at', c.at) order by c.scope), '[]')
        from stage.consent as c where c.contact = $1 and c.tenant = $2
        """, [.uuid(contact.uuid), .uuid(tenant.uuid)])
      return (found.map { $0.uuid(0) }, said[0].jsonb(0))
    }
    let statement = PostgresStatement(
      Self.sql, [.uuid(contact.uuid), .uuid(tenant.uuid), .uuids(conversations), .jsonb(consents)])
    return try await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      rows[0].first?.optional(0, PostgresRow.jsonb)
    }
  }

  /// What `json` gave, or more of the same. Of one person there may be more than any other text holds, and what an event
  /// holds, which may nest as deep as any, lies inside of it.
  package static func parsed(_ json: [UInt8]) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: json, maximumDepth: JSON.maximumDepth * 2, maximumBytes: .max)
  }

  /// Of groups only what was sealed under the contact's own key: what they said, and what was said to them; labels, too, are
  /// those of whom the group was opened with.
  private static let sql = """
    select jsonb_build_object(
      'contact', $1::uuid, 'consents', $4::jsonb, 'conversations', jsonb_agg(c.content order by c.opened_at, c.id))
    from (
      select
        c.id, c.opened_at,
        jsonb_strip_nulls(
          jsonb_build_object(
            'id', c.id, 'connection', c.connection, 'channel', c.channel, 'state', c.state, 'opened_at', c.opened_at)
          || case
            when c.contact = $1 then jsonb_build_object(
              'name', c.contact_name, 'address', c.contact_address, 'email', c.contact_email,
              'phone', c.contact_phone, 'thread', c.thread, 'labels', nullif(c.labels, '{}'))
            else '{}' end
          || jsonb_build_object('messages', (
            select jsonb_agg(
              jsonb_strip_nulls(jsonb_build_object(
                'id', m.id, 'at', m.at, 'direction', m.direction, 'author', m.author, 'kind', m.kind,
                'subject', m.subject, 'text', m.text, 'quoted', m.quoted, 'location', m.location,
                'contacts', m.contacts, 'status', m.status, 'provider_id', m.provider_id, 'choices', m.choices, 'template', m.template, 'reply_to', m.reply_to,
                'edits', (
                  select jsonb_agg(
                    jsonb_build_object('at', e.at, 'text', e.text, 'quoted', e.quoted) order by e.at, e."offset")
                  from edit as e
                  where
                    e.conversation = m.conversation and e.provider_hmac = m.provider_hmac and e.sealed_by = $1
                ),
                'reactions', (
                  select jsonb_agg(r.reactions) from reaction as r
                  where
                    r.conversation = m.conversation and r.contact = $1
                    and r.provider_hmac = any (m.part_hmacs || m.provider_hmac)
                ),
                'attachments', (
                  select jsonb_agg(
                    jsonb_strip_nulls(jsonb_build_object(
                      'id', a.id, 'name', coalesce(a.name, a.stored_name),
                      'media_type', coalesce(a.media_type, a.said_media_type),
                      'bytes', coalesce(a.bytes, a.said_bytes), 'state', a.state, 'blob', a.blob)))
                  from attachment as a where a.conversation = m.conversation and a.message = m.id
                ),
                'understood', (
                  select jsonb_strip_nulls(jsonb_build_object(
                    'language', k.language, 'sentiment', k.sentiment, 'intent', k.intent))
                  from classification as k where k.message = m.id
                )))
              order by m."offset")
            from message as m where m.conversation = c.id and m.sealed_by = $1
          ))) as content
      from conversation as c where (c.contact = $1 or c.id = any ($3)) and c.tenant = $2
    ) as c
    having count(*) > 0
    """
}
