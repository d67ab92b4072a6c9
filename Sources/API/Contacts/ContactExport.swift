import Contracts
import Foundation
import JSON
import Postgres
import Projections

/// Everything that is kept about a contact in the clear: who they are, what they and we said, and which files came.
struct ContactExport: Sendable {
  let readModels: ReadModels

  /// A JSON object; nil when nothing is known of the contact.
  func json(_ contact: ContactID, tenant: TenantID) async throws -> [UInt8]? {
    let statement = PostgresStatement(Self.sql, [.uuid(contact.uuid), .uuid(tenant.uuid)])
    return try await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      rows[0].first?.optional(0, PostgresRow.jsonb)
    }
  }

  /// The same as a page for people.
  static func page(_ json: [UInt8]) throws -> String {
    let export = try JSONValue(parsing: json)
    func text(_ value: JSONValue?) -> String {
      let raw = value?.string ?? value?.int.map { "\($0)" } ?? ""
      return raw.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;")
    }
    var html = """
      <!doctype html><html lang="en"><meta charset="utf-8"><title>What is kept about a person</title>
      <style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}
      td,th{text-align:left;vertical-align:top;padding:.2em 1em .2em 0}</style>
      <h1>What is kept about a person</h1><p>Contact \(text(export["contact"])).</p>
      """
    for conversation in export["conversations"]?.array ?? [] {
      html += """
        <h2>\(text(conversation["channel"])), from \(text(conversation["opened_at"]))</h2>
        <p>Name: \(text(conversation["name"])). Address: \(text(conversation["address"])).
        E-mail: \(text(conversation["email"])). Phone: \(text(conversation["phone"])).</p>
        <table><tr><th>When<th>Who<th>What
        """
      for message in conversation["messages"]?.array ?? [] {
        html += "<tr><td>\(text(message["at"]))<td>\(text(message["author"]))<td>"
        html += ["subject", "text"].map { text(message[$0]) }.filter { !$0.isEmpty }.joined(separator: "<br>")
        for edit in message["edits"]?.array ?? [] {
          html += "<br><i>changed at \(text(edit["at"])) to:</i> \(text(edit["text"]))"
        }
        for file in message["attachments"]?.array ?? [] {
          html +=
            "<br><i>file:</i> \(text(file["name"])) \(text(file["media_type"])) \(text(file["bytes"])) bytes"
        }
      }
      html += "</table>"
    }
    return html + "</html>\n"
  }

  /// Of groups only what was sealed under the contact's own key: what they said, and what was said to them.
  private static let sql = """
    select jsonb_build_object('contact', $1::uuid, 'conversations', jsonb_agg(c.content order by c.opened_at, c.id))
    from (
      select
        c.id, c.opened_at,
        jsonb_strip_nulls(jsonb_build_object(
          'id', c.id, 'connection', c.connection, 'channel', c.channel, 'state', c.state,
          'name', c.contact_name, 'address', c.contact_address, 'email', c.contact_email,
          'phone', c.contact_phone, 'opened_at', c.opened_at,
          'messages', (
            select jsonb_agg(
              jsonb_strip_nulls(jsonb_build_object(
                'id', m.id, 'at', m.at, 'direction', m.direction, 'author', m.author, 'kind', m.kind,
                'subject', m.subject, 'text', m.text, 'status', m.status, 'provider_id', m.provider_id,
                'edits', (
                  select jsonb_agg(jsonb_build_object('at', e.at, 'text', e.text) order by e.at, e."offset")
                  from edit as e
                  where e.conversation = m.conversation and e.provider_hmac = m.provider_hmac
                ),
                'reactions', (
                  select jsonb_agg(r.reactions) from reaction as r
                  where
                    r.conversation = m.conversation and r.provider_hmac = m.provider_hmac and r.contact = $1
                ),
                'attachments', (
                  select jsonb_agg(
                    jsonb_strip_nulls(jsonb_build_object(
                      'id', a.id, 'name', a.name, 'media_type', coalesce(a.media_type, a.said_media_type),
                      'bytes', coalesce(a.bytes, a.said_bytes), 'state', a.state)))
                  from attachment as a where a.conversation = m.conversation and a.message = m.id
                )))
              order by m."offset")
            from message as m where m.conversation = c.id and m.sealed_by = $1
          ))) as content
      from conversation as c where c.contact = $1 and c.tenant = $2
    ) as c
    having count(*) > 0
    """
}
