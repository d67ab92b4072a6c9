import Contracts
import Foundation
import Postgres

/// The calls into `schemas/stage/10_lease.sql` of one owner for one stage.
struct LeaseTable: Sendable {
  let stage: StageName
  /// How many partitions the stage's topic has.
  let partitions: Int
  let owner: StageOwner
  let pool: PostgresPool

  private var duration: PostgresParameter { .double(Leases.duration.seconds) }
  private var name: PostgresParameter { .text(stage.rawValue) }

  /// Renews what is held, takes what is free up to this owner's share, and says how large the share is.
  func claim() async throws -> (held: [Partition: Int64], share: Int) {
    try await owner.heartbeat()
    let arguments = [name, .int4(Int32(partitions)), .uuid(owner.id), duration]
    return try await pool.withConnection { [name] connection in
      let rows = try connection.executeBatch([
        PostgresStatement(
          "select partition, epoch, share from stage.claim($1, $2, $3, make_interval(secs => $4))", arguments),
        PostgresStatement("select stage.trim_progress($1)", [name]),
      ])[0]
      // Who holds nothing has nothing to give up.
      return (Self.epochs(rows), rows.isEmpty ? 0 : Int(rows[0].int4(2)))
    }
  }

  /// Renews what is held and takes nothing.
  func renew() async throws -> [Partition: Int64] {
    try await pool.withConnection { [name, owner, duration] connection in
      Self.epochs(
        try connection.execute(
          "select partition, epoch from stage.renew($1, $2, make_interval(secs => $3))",
          [name, .uuid(owner.id), duration]))
    }
  }

  func release(_ given: [Partition]) async throws { try await run([releasing(given)]) }

  /// Leaves this owner out of the shares.
  func leave() async throws { try await run([leaving]) }

  /// Both, of all partitions.
  func giveBack() async throws {
    try await run([leaving, releasing((0..<partitions).map { Partition(Int32($0)) })])
  }

  private func releasing(_ given: [Partition]) -> PostgresStatement {
    PostgresStatement(
      "select stage.release($1, $2, $3)", [name, .uuid(owner.id), .int4s(given.map(\.rawValue))])
  }

  private var leaving: PostgresStatement {
    PostgresStatement("select stage.leave($1, $2)", [name, .uuid(owner.id)])
  }

  private func run(_ statements: [PostgresStatement]) async throws {
    try await pool.withConnection { _ = try $0.executeBatch(statements) }
  }

  private static func epochs(_ rows: PostgresRows) -> [Partition: Int64] {
    Dictionary(uniqueKeysWithValues: rows.map { (Partition($0.int4(0)), $0.int8(1)) })
  }
}
