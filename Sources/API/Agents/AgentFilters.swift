import Contracts
import Postgres
import Projections

/// Holds an agent's filters against the documents that there are. A name that no document has is no error, for documents
/// may still come; but an agent that finds nothing because of a slip should not be found out by a customer.
struct AgentFilters: Sendable {
  let readModels: ReadModels

  /// Nil when every name is some document's.
  func warnings(of definition: AgentDefinition, _ caller: Caller) async throws -> [String]? {
    let (bases, tags) = (definition.knowledgeBases ?? [], definition.tags ?? [])
    let documents = definition.documents ?? []
    guard definition.knowledgeBases != nil || definition.tags != nil || definition.documents != nil else {
      return nil
    }
    let (unknown, found) = try await readModels.read("knowledge", tenant: caller.tenant) { transaction in
      let unknown = try transaction.execute(
        """
        select n.member, n.name
        from (
          select 'knowledge_bases' as member, name from unnest($2::text[]) as name
          union all
          select 'tags', name from unnest($3::text[]) as name
          union all
          select 'documents', name from unnest($4::text[]) as name
        ) as n
        where not exists (
          select from document as d
          where
            d.tenant = $1 and d.state <> 'removed'
            and case n.member
              when 'tags' then n.name = any (d.tags)
              when 'documents' then d.id = n.name::uuid
              else d.knowledge_base = n.name
            end
        )
        order by 1, 2
        """,
        [
          .uuid(caller.tenant.uuid), .texts(bases), .texts(tags), .texts(documents.map(\.description)),
        ]
      ).map { (member: $0.text(0), name: $0.text(1)) }
      let found = try transaction.execute(
        """
        select exists (
          select from document
          where
            tenant = $1 and state <> 'removed' and ($2::boolean or knowledge_base = any ($3))
            and ($4::boolean or tags && $5) and ($6::boolean or id = any ($7))
        )
        """,
        [
          .uuid(caller.tenant.uuid), .bool(definition.knowledgeBases == nil), .texts(bases),
          .bool(definition.tags == nil), .texts(tags), .bool(definition.documents == nil),
          .uuids(documents.map(\.uuid)),
        ])[0].bool(0)
      return (unknown, found)
    }
    var warnings = unknown.map {
      $0.member == "documents"
        ? "$.documents: there is no document \($0.name)" : "$.\($0.member): no document has \($0.name)"
    }
    if !found { warnings.append("no document passes the agent's filters: it finds nothing yet") }
    return warnings.isEmpty ? nil : warnings
  }
}
