import Contracts
import Foundation
import Postgres

/// How far an account has been read, and how that goes.
package struct PollStatus: Sendable, Equatable {
  package let connection: ConnectionID
  package let channel: Channel
  package let position: String?
  /// Why the last step failed; nil when it did not.
  package let reason: String?
  /// Since when it has been so.
  package let since: Date
  package let polledAt: Date
  package let receivedAt: Date?
  package let received: Int64

  private init(_ row: PostgresRow) {
    connection = ConnectionID(row.uuid(0))
    channel = Channel(rawValue: row.text(1))
    position = row.optional(2, PostgresRow.text)
    reason = row.optional(3, PostgresRow.text)
    since = row.date(4)
    polledAt = row.date(5)
    receivedAt = row.optional(6, PostgresRow.date)
    received = row.int8(7)
  }

  /// - Parameter tenant: nil for all.
  package static func all(of tenant: TenantID?, on connection: PostgresConnection) throws -> [PollStatus] {
    let columns = "connection, channel, position, reason, since, polled_at, received_at, received"
    let rows =
      if let tenant {
        try connection.execute(
          "select \(columns) from stage.poller where tenant = $1", [.uuid(tenant.uuid)])
      } else {
        try connection.execute("select \(columns) from stage.poller")
      }
    return rows.map { PollStatus($0) }
  }

  static func position(
    of connection: ConnectionID, on postgres: PostgresConnection
  ) throws -> String? {
    try postgres.execute(
      "select position from stage.poller where connection = $1", [.uuid(connection.uuid)]
    ).first?.optional(0, PostgresRow.text)
  }
}

/// The lease under which an account is polled: of the part of all connections that it falls into.
struct PollLease: Sendable {
  /// All accounts are dealt out in so many parts.
  static let parts = 64
  static let stage = StageName("poll")

  let owner: UUID
  let part: Partition
  let epoch: Int64

  static func part(of connection: ConnectionID) -> Partition {
    Partition(Int32(murmur2(connection.uuid.bytes) & 0x7FFF_FFFF) % Int32(parts))
  }

  /// False when the lease is not ours any more; then nothing is noted.
  func note(
    _ connection: KnownConnection, position: String?, failed reason: String?, came: Int,
    on postgres: PostgresConnection
  ) throws -> Bool {
    try postgres.execute(
      "select stage.note_poll($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      [
        .uuid(owner), .int4(part.rawValue), .int8(epoch), .uuid(connection.id.uuid),
        .uuid(connection.tenant.uuid), .text(connection.channel.rawValue),
        position.map { .text($0) } ?? .null,
        reason.map { .text($0) } ?? .null, .int8(Int64(came)),
      ])[0].bool(0)
  }
}
