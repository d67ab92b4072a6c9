import Postgres

/// What is stored of checkpoints, for copying it outside.
package struct Checkpoints: Sendable {
  package let entries: [(number: Int64, checkpoint: SignedCheckpoint)]
  /// nil before the first checkpoint.
  package let key: SigningKey.Public?

  /// - Parameter number: those of this number and before are left out.
  package static func load(from pool: PostgresPool, after number: Int64 = 0) async throws -> Checkpoints {
    Checkpoints(
      entries: try await AuditStore(pool: pool).checkpoints(after: number),
      key: try await pool.withConnection { try SigningKey.loadPublic(on: $0) })
  }
}
