import Contracts
import Keyring
import Postgres

/// Inbound events that brought no more than parts of albums of which nothing was said to us: kept until another part of
/// theirs is (`InboundMessage.isOverheard`), for a day.
struct NormalizeOverheard: Sendable {
  struct Album: Hashable, Sendable {
    let tenant: TenantID
    /// As `NormalizedItem.albumMark`.
    let mark: String
  }

  private var known: [Album: [Record]] = [:]
  private var new: [Album: [(record: Record, key: KeyID?)]] = [:]
  private var taken: [Album] = []

  /// Reads what is kept of these albums, and returns it.
  mutating func look(for albums: Set<Album>, in transaction: Transaction) throws -> [Record] {
    guard !albums.isEmpty else { return [] }
    let rows = try transaction.execute(
      """
      select tenant, album, id, partition, "offset", key, type, time, source, causation, correlation, traceparent,
        value
      from stage.overheard_of($1, $2)
      """, [.uuids(albums.map(\.tenant.uuid)), .texts(albums.map(\.mark))])
    return rows.map { row in
      let tenant = TenantID(row.uuid(0))
      let event = Event(
        id: EventID(row.uuid(2)), type: EventType(row.text(6)), topic: .inbound, key: StreamID(row.text(5)),
        tenant: tenant, time: row.date(7), source: row.text(8),
        causation: row.optional(9, PostgresRow.uuid).map { EventID($0) },
        correlation: row.optional(10, PostgresRow.uuid).map { EventID($0) },
        traceparent: row.optional(11, PostgresRow.text), value: row.bytes(12))
      let record = Record(
        position: Position(.inbound, Partition(row.int4(3)), Offset(row.int8(4))), event: event)
      known[Album(tenant: tenant, mark: row.text(1)), default: []].append(record)
      return record
    }
  }

  /// - Parameter key: what the record is sealed under.
  mutating func keep(_ record: Record, sealedUnder key: KeyID?, of album: Album) {
    guard new[album]?.last?.record.event.id != record.event.id else { return }
    new[album, default: []].append((record, key))
  }

  /// What was kept of the album, in the order in which it came; that is kept no longer.
  mutating func take(_ album: Album) -> [Record] {
    let records = known.removeValue(forKey: album) ?? []
    if !records.isEmpty { taken.append(album) }
    return records + (new.removeValue(forKey: album) ?? []).map(\.record)
  }

  func save(in transaction: Transaction) throws {
    if !taken.isEmpty {
      try transaction.execute(
        "select stage.forget_overheard($1, $2)",
        [.uuids(taken.map(\.tenant.uuid)), .texts(taken.map(\.mark))])
    }
    guard !new.isEmpty else { return }
    let new = new.flatMap { album, kept in kept.map { (album: album, record: $0.record, key: $0.key) } }
    let (records, events) = (new.map(\.record), new.map(\.record.event))
    try transaction.execute(
      "select stage.overhear($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
      [
        .uuids(new.map(\.album.tenant.uuid)), .texts(new.map(\.album.mark)), .uuids(events.map(\.id.uuid)),
        .int4s(records.map(\.position.partition.rawValue)), .int8s(records.map(\.position.offset.rawValue)),
        .texts(events.map(\.key.rawValue)), .texts(events.map(\.type.rawValue)),
        .timestamps(events.map(\.time)), .texts(events.map(\.source)),
        .uuids(events.map(\.causation?.uuid)), .uuids(events.map(\.correlation?.uuid)),
        .texts(events.map(\.traceparent)), .byteStrings(events.map(\.value)),
        .uuids(new.map(\.key?.uuid)),
      ])
  }
}
