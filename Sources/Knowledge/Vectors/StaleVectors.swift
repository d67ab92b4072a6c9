import Contracts
import Foundation
import Postgres

/// Vectors outside of Postgres whose chunks are gone, noted in the transaction that removed these: by a trigger
/// (`schemas/index/elsewhere`), and when a version is dropped.
package enum StaleVectors {
  /// Heard when something was noted.
  package static let channel = "aigentable_stale_vectors"

  private struct Text: Sendable {
    let space: UUID
    let tenant: TenantID
    let document: DocumentID
    let revision: EventID
  }

  private enum Item: Sendable {
    case space(UUID)
    case text(Text)
  }

  /// Removes all that is noted. Returns how much that was. What cannot be removed stays noted.
  @discardableResult
  package static func remove(from store: any VectorStore, pool: PostgresPool) async throws -> Int {
    var count = 0
    while true {
      let items = try await noted(of: store.kind, pool: pool)
      guard !items.isEmpty else { return count }
      for item in items {
        switch item {
        case .space(let space): try await store.drop(space)
        case .text(let text):
          try await store.remove(text.document, revision: text.revision, of: text.tenant, from: text.space)
        }
        try await forget(item, pool: pool)
      }
      count += items.count
    }
  }

  /// How many wait to be removed.
  package static func count(in transaction: Transaction) throws -> Int {
    Int(try transaction.execute("select count(*) from knowledge.stale_vectors")[0].int8(0))
  }

  /// What is put aside again is wanted.
  static func forget(_ document: DocumentID, revision: EventID, in space: UUID, _ transaction: Transaction)
    throws
  {
    try transaction.execute(
      "delete from knowledge.stale_vectors where space = $1 and document = $2 and revision = $3",
      [.uuid(space), .uuid(document.uuid), .uuid(revision.uuid)])
  }

  static func note(_ space: VectorSpace, in transaction: Transaction) throws {
    try transaction.execute(
      "insert into knowledge.stale_vectors (store, space) values ($1, $2) on conflict do nothing",
      [.text(space.store), .uuid(space.id)])
    try transaction.execute("select pg_notify($1, '')", [.text(channel)])
  }

  private static func noted(of kind: String, pool: PostgresPool) async throws -> [Item] {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select space, tenant, document, revision from knowledge.stale_vectors where store = $1
        order by noted_at limit 100
        """, [.text(kind)]
      ).map { row in
        guard let tenant = row.optional(1, PostgresRow.uuid) else { return .space(row.uuid(0)) }
        return .text(
          Text(
            space: row.uuid(0), tenant: TenantID(tenant), document: DocumentID(row.uuid(2)),
            revision: EventID(row.uuid(3))))
      }
    }
  }

  private static func forget(_ item: Item, pool: PostgresPool) async throws {
    switch item {
    case .space(let space):
      // Of a space that is gone, whatever else was noted is, too.
      try await pool.withConnection { connection in
        _ = try connection.execute("delete from knowledge.stale_vectors where space = $1", [.uuid(space)])
      }
    case .text(let text):
      try await pool.withTransaction {
        try forget(text.document, revision: text.revision, in: text.space, $0)
      }
    }
  }
}
