import Contracts
import Foundation
import Postgres

/// The leases of one stage that this process holds.
package struct Leases: Sendable, Equatable {
  /// How long a lease lasts without being renewed.
  package static let duration = Duration.seconds(15)
  package static let renewal = Duration.seconds(5)

  package var epochs: [Partition: Int64]

  var partitions: [Partition] { epochs.keys.sorted() }

  /// Renews what is held and takes what is free, up to this process's share.
  static func claim(
    _ stage: StageName, partitions: Int, owner: StageOwner, pool: PostgresPool
  ) async throws -> Leases {
    try await owner.heartbeat()
    let me = owner.id
    return try await pool.withTransaction { transaction in
      let rows = try transaction.execute(
        "select partition, epoch from stage.claim($1, $2, $3, make_interval(secs => $4))",
        [
          .text(stage.rawValue), .int4(Int32(partitions)), .uuid(me),
          .double(Double(duration.components.seconds)),
        ])
      try transaction.execute("select stage.trim_progress($1)", [.text(stage.rawValue)])
      return Leases(
        epochs: Dictionary(uniqueKeysWithValues: rows.map { (Partition($0.int4(0)), $0.int8(1)) }))
    }
  }

  static func release(
    _ stage: StageName, _ partitions: [Partition], owner: StageOwner, pool: PostgresPool
  ) async throws {
    let me = owner.id
    try await pool.withTransaction { transaction in
      _ = try transaction.execute(
        "select stage.release($1, $2, $3)",
        [.text(stage.rawValue), .uuid(me), .int4s(partitions.map(\.rawValue))])
    }
  }
}
