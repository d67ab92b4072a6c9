import Contracts
import Postgres
import Projections

/// Which messages are quoted by those whose events name the provider's id of what they quote alone.
struct LiveQuotes: Sendable {
  let readModels: ReadModels

  /// By the HMAC of that id; what the read model does not know, or not yet, is absent. A stream is told less rather than
  /// being held up: whoever reads the conversation later is told all.
  func messages(of tenant: TenantID, quoted hmacs: Set<String>) async -> [String: MessageID] {
    let asked = hmacs.sorted()
    let statement = PostgresStatement(
      """
      select q.hmac, coalesce(
        (select d.message from delivery as d where d.provider_hmac = q.hmac and d.tenant = $1),
        (select p.message from part as p where p.provider_hmac = q.hmac and p.tenant = $1),
        (select m.id from message as m where m.id = q.id and m.tenant = $1))
      from unnest($2::text[], $3::uuid[]) as q (hmac, id)
      """,
      [
        .uuid(tenant.uuid), .texts(asked),
        // What a contact wrote has an id that is made of the provider's.
        .uuids(asked.map { MessageID(providerHMAC: $0, in: tenant).uuid }),
      ])
    let found = try? await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      rows[0].compactMap { row in row.optional(1, PostgresRow.uuid).map { (row.text(0), MessageID($0)) } }
    }
    return Dictionary(found ?? []) { first, _ in first }
  }
}
