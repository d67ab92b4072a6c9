import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Pipeline
import Postgres

/// What the log holds of one person beside what read models show: all that was sealed under their key, and the webhooks
/// and mails that told of them, as they came.
package struct PersonTrail: Sendable {
  /// An event whose private part is theirs.
  package struct Entry: Sendable, Encodable {
    package let conversation: ConversationID
    package let event: EventID
    package let type: String
    package let at: Date
    package let `private`: JSONValue
  }

  /// One body as it came.
  package struct Raw: Sendable {
    package let event: EventID
    package let channel: Channel
    package let at: Date
    package let isMail: Bool
    package let bytes: [UInt8]
  }

  private let log: any ReadableLog
  private let pool: PostgresPool
  private let history: ConversationHistory

  package init(log: any ReadableLog, pool: PostgresPool, keyring: Keyring) {
    self.log = log
    self.pool = pool
    history = ConversationHistory(log: log, pool: pool, keyring: keyring)
  }

  /// In the order of each conversation: messages and their edits, what was looked for and found, what tools were asked
  /// and said, summaries, replies.
  ///
  /// - Parameter places: where each conversation's events are; nil reads their whole partitions.
  package func entries(
    of contact: ContactID, in conversations: [ConversationID],
    places: [ConversationID: [ConversationHistory.Place]]? = nil
  ) async throws -> [Entry] {
    var entries: [Entry] = []
    for conversation in conversations {
      let records = try await history.records(of: conversation, in: places.map { $0[conversation] ?? [] })
        .filter {
          $0.event.sealedBy == KeyID(contact.uuid)
        }
      let opened = try await history.open(records)
      entries += records.compactMap { record in
        opened[record.event.id].map {
          Entry(
            conversation: conversation, event: record.event.id, type: record.event.type.rawValue,
            at: record.event.time, private: $0)
        }
      }
    }
    return entries
  }

  /// Hands over each webhook and mail that is kept and told of nobody else; reads all that is kept of `inbound`. Returns
  /// how many told of others, too, whose words they hold: those are not handed over.
  package func forEachRaw(of contact: ContactID, _ take: (Raw) throws -> Void) async throws -> Int {
    let keys = try await pool.withConnection { connection in
      try connection.execute(
        """
        select c.key, exists (select from keyring.concern as o where o.key = c.key and o.contact <> c.contact)
        from keyring.concern as c join keyring.inbound_key as k on k.id = c.key
        where c.contact = $1
        """, [.uuid(contact.uuid)]
      ).map { (id: KeyID($0.uuid(0)), isShared: $0.bool(1)) }
    }
    let own = Set(keys.lazy.filter { !$0.isShared }.map(\.id))
    guard !own.isEmpty else { return keys.count }
    for (place, end) in zip(log.layout.partitions(.inbound), try await log.ends(of: .inbound)) {
      var scan = try await PartitionScan(log, from: Cursor(place), to: end)
      while let records = try await scan.next() {
        for record in records {
          guard let id = record.event.sealedBy, own.contains(id),
            let key = try await history.keys([id])[id]
          else { continue }
          let event = record.event
          let (body, channel) = try await pool.withTransaction { transaction in
            let body = try ReceivedBody(event)
            return (try body.open(key, transaction)?.bytes, body.channel)
          }
          guard let body else { continue }
          try take(
            Raw(
              event: event.id, channel: channel, at: event.time, isMail: event.type == EmailReceived.type,
              bytes: body))
        }
      }
    }
    return keys.count - own.count
  }
}

extension Event {
  /// Whose key sealed the private part; nil when there is none.
  fileprivate var sealedBy: KeyID? {
    guard let value = try? JSONValue(parsing: value, maximumDepth: JSON.maximumDepth),
      let sealed = value["private"]?.string
    else { return nil }
    return try? JWE.keyID(of: sealed)
  }
}
