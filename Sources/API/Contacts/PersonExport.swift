import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Postgres
import Privacy
import Projections
import Replay

/// Everything that is kept about a contact, as one JSON object: what read models show of them, and behind it every event
/// of the log that holds something of theirs, opened.
package struct PersonExport: Sendable {
  private let pool: PostgresPool
  private let readModels: ReadModels
  private let trail: PersonTrail
  private let isQuick: Bool

  /// - Parameter isQuick: has a read model, which may be a moment behind, lead to the events, instead of reading the whole
  ///   partitions of the conversations.
  package init(
    log: any ReadableLog, pool: PostgresPool, keyring: Keyring, readModels: ReadModels, isQuick: Bool
  ) {
    self.pool = pool
    self.readModels = readModels
    self.isQuick = isQuick
    trail = PersonTrail(log: log, pool: pool, keyring: keyring)
  }

  private struct Whole: Encodable {
    let contact: JSONValue?
    let consents: JSONValue?
    let conversations: JSONValue?
    let events: [PersonTrail.Entry]
  }

  /// nil when nothing is known of the contact.
  package func json(_ contact: ContactID, tenant: TenantID) async throws -> [UInt8]? {
    let shown = try await ContactExport(pool: pool, readModels: readModels).json(contact, tenant: tenant)
    guard let shown else { return nil }
    let export = try JSONValue(parsing: shown)
    let conversations = export["conversations"]?.array?.compactMap {
      $0["id"]?.string.flatMap { ConversationID($0) }
    }
    let events = try await trail.entries(
      of: contact, in: conversations ?? [], places: places(of: conversations ?? [], tenant))
    return try JSON.encode(
      Whole(
        contact: export["contact"], consents: export["consents"], conversations: export["conversations"],
        events: events))
  }

  /// nil where no read model says where they are.
  private func places(
    of conversations: [ConversationID], _ tenant: TenantID
  ) async throws -> [ConversationID: [ConversationHistory.Place]]? {
    guard isQuick else { return nil }
    do {
      return try await readModels.read(
        "audit", tenant: tenant,
        [
          PostgresStatement(
            """
            select distinct conversation, partition, block from place where conversation = any ($1)
            order by 1, 2, 3
            """,
            [.uuids(conversations.map(\.uuid))])
        ]
      ) { rows in
        let known = rows[0].map { row in
          (
            ConversationID(row.uuid(0)),
            ConversationHistory.Place(partition: Partition(row.int4(1)), block: row.int8(2))
          )
        }
        return Dictionary(grouping: known, by: \.0).mapValues { $0.map(\.1) }
      }
    } catch let error as ProjectionError where error.code == .notLive { return nil }
  }
}
