import Channels
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
    /// Nil of what is about the person, and no conversation.
    package let conversation: ConversationID?
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

  /// What people called them. Then, in the order of each conversation: messages and their edits, what was looked for and found, what tools were asked
  /// and said, summaries, replies.
  ///
  /// - Parameter places: where each conversation's events are; nil reads their whole partitions.
  package func entries(
    of contact: ContactID, in conversations: [ConversationID],
    places: [ConversationID: [ConversationHistory.Place]]? = nil
  ) async throws -> [Entry] {
    var entries = try await labels(of: contact)
    for conversation in conversations {
      let records = try await history.records(of: conversation, in: places.map { $0[conversation] ?? [] })
        .filter {
          $0.event.sealedBy == KeyID(contact.uuid)
        }
      entries += try await opened(records, in: conversation)
    }
    return entries
  }

  private func labels(of contact: ContactID) async throws -> [Entry] {
    let place = TopicPartition(.tenants, Partition(0))
    var scan = try await PartitionScan(
      log, from: Cursor(place), to: try await log.ends(of: .tenants)[0], types: [ContactLabelled.type])
    var entries: [Entry] = []
    while let records = try await scan.next() {
      let own = records.filter { $0.event.sealedBy == KeyID(contact.uuid) }
      entries += try await opened(own, in: nil)
    }
    return entries
  }

  private func opened(_ records: [Record], in conversation: ConversationID?) async throws -> [Entry] {
    let opened = try await history.open(records)
    return records.compactMap { record in
      opened[record.event.id].map {
        Entry(
          conversation: conversation, event: record.event.id, type: record.event.type.rawValue,
          at: record.event.time, private: $0)
      }
    }
  }

  /// Hands over each webhook and mail that is kept and told of nobody else; reads all that is kept of `inbound`. Returns
  /// how many may have told of others, too, whose words they hold: those are not handed over. Who they are is not known
  /// of all of them, so each is read once more.
  ///
  /// - Parameters:
  ///   - channels: read them.
  ///   - directory: the connections that they came on.
  package func forEachRaw(
    of contact: ContactID, readBy channels: ChannelAdapters, knowing directory: DirectorySnapshot,
    _ take: (Raw) throws -> Void
  ) async throws -> Int {
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
    var shared = Set(keys.lazy.filter(\.isShared).map(\.id))
    guard !own.isEmpty else { return shared.count }
    for (place, end) in zip(log.layout.partitions(.inbound), try await log.ends(of: .inbound)) {
      var scan = try await PartitionScan(log, from: Cursor(place), to: end)
      while let records = try await scan.next() {
        for record in records {
          guard let id = record.event.sealedBy, own.contains(id),
            let key = try await history.keys([id])[id]
          else { continue }
          let event = record.event
          let read = try await pool.withTransaction { transaction -> (raw: Raw, isOwn: Bool)? in
            let body = try ReceivedBody(event)
            guard let (bytes, sender) = try body.open(key, transaction) else { return nil }
            return (
              Raw(
                event: event.id, channel: body.channel, at: event.time,
                isMail: event.type == EmailReceived.type, bytes: bytes),
              body.isOfOnePerson(bytes, sender: sender, readBy: channels, knowing: directory)
            )
          }
          guard let read else { continue }
          if read.isOwn { try take(read.raw) } else { shared.insert(id) }
        }
      }
    }
    return shared.count
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
