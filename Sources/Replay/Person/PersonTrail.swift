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

  /// Why a body that told of a person is not among what is theirs.
  package enum Withheld: Error, Sendable {
    case others, unclear, gone

    package var why: String {
      switch self {
      case .others: "it told of other people, too, and holds their words as well"
      case .unclear:
        "not everything of it was understood, or it holds more than messages, changes to them and what became of "
          + "those sent to this person"
      case .gone: "what it held is not kept any more"
      }
    }
  }

  /// The webhooks and mails that told of a person, and are kept.
  package struct Bodies: Sendable {
    /// Those that told of nobody else.
    package internal(set) var own: Set<EventID> = []
    package internal(set) var withheld: [EventID: Withheld] = [:]
  }

  private let log: any ReadableLog
  private let pool: PostgresPool
  private let history: ConversationHistory

  package init(log: any ReadableLog, pool: PostgresPool, keyring: Keyring) {
    self.log = log
    self.pool = pool
    history = ConversationHistory(log: log, pool: pool, keyring: keyring)
  }

  /// What people called them. Then, in the order of each conversation: messages and their edits, what was looked for and
  /// found, what tools were asked and said, summaries, replies.
  ///
  /// - Parameter places: where each conversation's events are; nil reads their whole partitions.
  package func entries(
    of contact: ContactID, in conversations: [ConversationID],
    places: [ConversationID: [ConversationHistory.Place]]? = nil
  ) async throws -> [Entry] {
    var entries = try await labels(of: contact)
    for conversation in conversations {
      let records = try await history.records(of: conversation, in: places.map { $0[conversation] ?? [] })
        .filter { $0.event.sealedBy == KeyID(contact.uuid) }
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

  /// Hands over each webhook and mail that is kept and told of nobody else; reads all that is kept of `inbound`. Those
  /// that told of others, too, or may have, hold their words and are not handed over. Who they are is not known of all of
  /// them, so each is read once more.
  ///
  /// - Parameters:
  ///   - channels: read them.
  ///   - directory: the connections that they came on.
  @discardableResult
  package func forEachRaw(
    of contact: ContactID, readBy channels: ChannelAdapters, knowing directory: DirectorySnapshot,
    _ take: (Raw) throws -> Void
  ) async throws -> Bodies {
    let isShared = try await pool.withConnection { connection in
      let rows = try connection.execute(
        """
        select c.key, exists (select from keyring.concern as o where o.key = c.key and o.contact <> c.contact)
        from keyring.concern as c join keyring.inbound_key as k on k.id = c.key
        where c.contact = $1
        """, [.uuid(contact.uuid)])
      return Dictionary(uniqueKeysWithValues: rows.map { (KeyID($0.uuid(0)), $0.bool(1)) })
    }
    var bodies = Bodies()
    guard !isShared.isEmpty else { return bodies }
    for (place, end) in zip(log.layout.partitions(.inbound), try await log.ends(of: .inbound)) {
      var scan = try await PartitionScan(log, from: Cursor(place), to: end)
      while let records = try await scan.next() {
        for event in records.map(\.event) {
          guard let id = event.sealedBy, let isShared = isShared[id] else { continue }
          guard !isShared else {
            bodies.withheld[event.id] = .others
            continue
          }
          guard let key = try await history.keys([id])[id] else { continue }
          switch try await read(event, key, channels, directory) {
          case .success(let raw):
            bodies.own.insert(event.id)
            try take(raw)
          case .failure(let withheld): bodies.withheld[event.id] = withheld
          }
        }
      }
    }
    return bodies
  }

  private func read(
    _ event: Event, _ key: SealingKey, _ channels: ChannelAdapters, _ directory: DirectorySnapshot
  ) async throws -> Result<Raw, Withheld> {
    try await pool.withTransaction { transaction in
      let body = try ReceivedBody(event)
      let opened: (bytes: [UInt8], sender: String?)?
      do { opened = try body.open(key, transaction) } catch is StageError { return .failure(.gone) }
      guard let (bytes, sender) = opened else { return .failure(.gone) }
      guard body.isOfOnePerson(bytes, sender: sender, readBy: channels, knowing: directory) else {
        return .failure(.unclear)
      }
      return .success(
        Raw(
          event: event.id, channel: body.channel, at: event.time, isMail: event.type == EmailReceived.type,
          bytes: bytes))
    }
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
