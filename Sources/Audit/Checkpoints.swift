import Postgres

/// What is stored of checkpoints, for copying it outside.
package struct Checkpoints: Sendable {
  package let entries: [(number: Int64, checkpoint: SignedCheckpoint)]
  /// nil before the first checkpoint.
  package let key: SigningKey.Public?

  package static func load(from pool: PostgresPool) async throws -> Checkpoints {
    Checkpoints(
      entries: try await AuditStore(pool: pool).checkpoints(),
      key: try await pool.withConnection { try SigningKey.loadPublic(on: $0) })
  }
}
