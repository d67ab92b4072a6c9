import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Postgres

/// All events of conversations, in order, as the log holds them, with what their keys still open.
package struct ConversationHistory: Sendable {
  let log: any ReadableLog
  private let pool: any RowPool
  private let keyring: Keyring

  /// - Parameter pool: for keys alone.
  package init(log: any ReadableLog, pool: any RowPool, keyring: Keyring) {
    self.log = log
    self.pool = pool
    self.keyring = keyring
  }

  /// The blocks of the log in which a conversation has events (`projections/audit`).
  package struct Place: Hashable, Sendable {
    package static let size: Int64 = 256
    package let partition: Partition
    package let block: Int64

    package init(partition: Partition, block: Int64) {
      self.partition = partition
      self.block = block
    }
  }

  /// The events of one conversation.
  /// - Parameter places: where they are; nil reads the whole partition, and believes nothing but the log.
  package func records(of conversation: ConversationID, in places: [Place]? = nil) async throws -> [Record] {
    let key = StreamID(conversation)
    var records: [Record] = []
    for (cursor, end) in try await ranges(of: key, places) {
      try await read(from: cursor, to: end) { if $0.event.key == key { records.append($0) } }
    }
    return records
  }

  /// The events of several conversations, in one pass over the log.
  package func records(of conversations: Set<ConversationID>) async throws -> [ConversationID: [Record]] {
    let keys = Dictionary(uniqueKeysWithValues: conversations.map { (StreamID($0), $0) })
    var records: [ConversationID: [Record]] = [:]
    for (place, end) in zip(log.layout.partitions(.conversations), try await log.ends(of: .conversations)) {
      try await read(from: Cursor(place), to: end) { record in
        if let conversation = keys[record.event.key] { records[conversation, default: []].append(record) }
      }
    }
    return records
  }

  /// Every event of `conversations` of these types, partition by partition.
  package func forEach(_ types: Set<EventType>?, _ body: (Record) throws -> Void) async throws {
    for (place, end) in zip(log.layout.partitions(.conversations), try await log.ends(of: .conversations)) {
      try await read(from: Cursor(place), to: end, types: types, body)
    }
  }

  /// The private parts by event, as far as their keys exist.
  package func open(_ records: [Record]) async throws -> [EventID: JSONValue] {
    let sealed = records.compactMap { record -> (EventID, String, KeyID)? in
      guard let value = try? JSONValue(parsing: record.event.value, maximumDepth: JSON.maximumDepth),
        let text = value["private"]?.string, let kid = try? JWE.keyID(of: text)
      else { return nil }
      return (record.event.id, text, kid)
    }
    let keys = try await keys(Set(sealed.map(\.2)))
    var opened: [EventID: JSONValue] = [:]
    for (id, text, kid) in sealed {
      guard let key = keys[kid] else { continue }
      opened[id] = try JSONValue(parsing: JWE.open(text, with: key), maximumDepth: JSON.maximumDepth)
    }
    return opened
  }

  package func keys(_ ids: Set<KeyID>) async throws -> [KeyID: SealingKey] {
    try await pool.read { [keyring] in try keyring.keys(ids, on: $0) }
  }

  /// The keys, as far as they exist, of the contacts for whom something was looked for.
  func keys(ofContextsOf records: [Record]) async throws -> [KeyID: SealingKey] {
    let sealed = records.filter { $0.event.type == ContextRetrieved.type }.compactMap { record in
      try? ContextRetrieved.read(record.event).private
    }
    return try await keys(Set(sealed.compactMap { try? JWE.keyID(of: $0) }))
  }

  private func ranges(of key: StreamID, _ places: [Place]?) async throws -> [(Cursor, Offset)] {
    let ends = try await log.ends(of: .conversations)
    guard let places else {
      let partition = key.partition(of: ends.count)
      return [(Cursor(TopicPartition(.conversations, partition)), ends[Int(partition.rawValue)])]
    }
    return places.sorted { ($0.partition, $0.block) < ($1.partition, $1.block) }.compactMap { place in
      guard ends.indices.contains(Int(place.partition.rawValue)) else { return nil }
      let first = Offset(place.block * Place.size)
      return (
        Cursor(TopicPartition(.conversations, place.partition), first),
        min(first.advanced(by: Place.size), ends[Int(place.partition.rawValue)])
      )
    }
  }

  private func read(
    from cursor: Cursor, to end: Offset, types: Set<EventType>? = nil, _ body: (Record) throws -> Void
  ) async throws {
    var scan = try await PartitionScan(log, from: cursor, to: end, types: types)
    while let records = try await scan.next() { for record in records { try body(record) } }
  }
}
