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
  ///   partitions of the conversations; while it is not live there is no export.
  package init(
    log: any ReadableLog, pool: PostgresPool, keyring: Keyring, readModels: ReadModels, isQuick: Bool
  ) {
    self.pool = pool
    self.readModels = readModels
    self.isQuick = isQuick
    trail = PersonTrail(log: log, pool: pool, keyring: keyring)
  }

  /// nil when nothing is known of the contact.
  package func json(_ contact: ContactID, tenant: TenantID) async throws -> [UInt8]? {
    let shown = try await ContactExport(pool: pool, readModels: readModels).json(contact, tenant: tenant)
    guard let shown else { return nil }
    let export = try ContactExport.parsed(shown)
    let conversations = export["conversations"]?.array?.compactMap {
      $0["id"]?.string.flatMap { ConversationID($0) }
    }
    let events = try await trail.entries(
      of: contact, in: conversations ?? [], places: places(of: conversations ?? [], tenant))
    return try Self.whole(export, events)
  }

  /// Put together of parts, as there may be more of them than `JSON.encode` writes at once.
  private static func whole(_ export: JSONValue, _ events: [PersonTrail.Entry]) throws(JSONError) -> [UInt8] {
    var json = Array("{".utf8)
    for name in ["contact", "consents", "conversations"] {
      guard let value = export[name] else { continue }
      json += "\"\(name)\":".utf8
      json += value.serialized()
      json += ",".utf8
    }
    json += "\"events\":[".utf8
    for (number, event) in events.enumerated() {
      if number > 0 { json += ",".utf8 }
      json += try JSON.encode(event)
    }
    json += "]}".utf8
    return json
  }

  /// nil where nothing but the log is asked.
  private func places(
    of conversations: [ConversationID], _ tenant: TenantID
  ) async throws -> [ConversationID: [ConversationHistory.Place]]? {
    guard isQuick else { return nil }
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
  }
}
