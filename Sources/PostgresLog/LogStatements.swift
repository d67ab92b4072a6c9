import Contracts
import EventLog
import Foundation
import Postgres

/// The calls into `schemas/log`.
package enum LogStatements {
  package struct Appended: Sendable {
    /// Where each event stands, in the order in which they were given.
    package let positions: [Position]
    /// No id was in the log before.
    package let areNew: Bool
  }

  package static func append(
    _ events: [Event], layout: LogLayout, in transaction: Transaction
  ) throws(PostgresError) -> Appended {
    let places = events.map { layout.partition(of: $0) }
    var next: [TopicPartition: Int32] = [:]
    let ranks = places.map { place in
      let rank = next[place, default: 0]
      next[place] = rank + 1
      return rank
    }
    let columns: [PostgresParameter] = [
      .uuids(events.map(\.id.uuid)), .texts(events.map(\.type.rawValue)),
      .texts(events.map(\.key.rawValue)), .uuids(events.map(\.tenant.uuid)),
      .timestamps(events.map(\.time)), .texts(events.map(\.source)),
      .uuids(events.map(\.causation?.uuid)), .uuids(events.map(\.correlation?.uuid)),
      .texts(events.map(\.traceparent)), .byteStrings(events.map(\.value)),
    ]
    let partitions: [PostgresParameter] = [
      .int2s(events.map(\.topic.number)), .int4s(places.map(\.partition.rawValue)),
    ]
    let heads = try transaction.execute(
      """
      select topic, partition, first
      from log.append_fresh($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      """, partitions + [.int4s(ranks)] + columns)
    guard heads.isEmpty else { return Appended(positions: positions(places, ranks, heads), areNew: true) }
    let rows = try transaction.execute(
      """
      select "offset" from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) order by ordinal
      """, partitions + columns)
    let positions = zip(places, rows).map { place, row in
      Position(place.topic, place.partition, Offset(row.int8(0)))
    }
    return Appended(positions: positions, areNew: false)
  }

  private static func positions(
    _ places: [TopicPartition], _ ranks: [Int32], _ heads: PostgresRows
  ) -> [Position] {
    var first: [TopicPartition: Int64] = [:]
    for row in heads {
      guard let topic = Topic(number: row.int2(0)) else { continue }
      first[TopicPartition(topic, Partition(row.int4(1)))] = row.int8(2)
    }
    return zip(places, ranks).map { place, rank in
      Position(place.topic, place.partition, Offset((first[place] ?? 0) + Int64(rank)))
    }
  }

  package static func ends(of topic: Topic) -> PostgresStatement {
    PostgresStatement(#"select "offset" from log.ends($1)"#, [.int2(topic.number)])
  }

  package static func ends(
    of topics: [Topic], on connection: PostgresConnection
  ) throws -> [Topic: [Offset]] {
    let rows = try connection.executeBatch(topics.map(ends(of:)))
    return Dictionary(
      uniqueKeysWithValues: zip(topics, rows).map { topic, rows in (topic, rows.map { Offset($0.int8(0)) }) })
  }

  package static func read(
    _ cursors: [Cursor], limit: Int, types: [String]?, on connection: PostgresConnection
  ) throws -> LogBatch {
    try readHere(cursors, limit: limit, types: types, on: connection).batch
  }

  /// What is in the tables; `archived` names the partitions whose next records are not, with the first that is.
  static func readHere(
    _ cursors: [Cursor], limit: Int, types: [String]?, on connection: PostgresConnection
  ) throws -> (batch: LogBatch, archived: [TopicPartition: Offset]) {
    let rows = try connection.executeInBulk(
      "select * from log.read_on($1, $2, $3, $4, $5)",
      [
        .int2s(cursors.map(\.partition.topic.number)),
        .int4s(cursors.map(\.partition.partition.rawValue)),
        .int8s(cursors.map(\.offset.rawValue)), .int4(Int32(clamping: limit)),
        types.map { .texts($0) } ?? .null,
      ])
    var records: [Record] = []
    records.reserveCapacity(rows.count)
    var moved: [Cursor] = []
    var archived: [TopicPartition: Offset] = [:]
    for row in rows {
      guard let topic = Topic(number: row.int2(0)) else { continue }
      let place = TopicPartition(topic, Partition(row.int4(1)))
      let until = row.int8(2)
      guard until >= 0 else {
        archived[place] = Offset(-1 - until)
        continue
      }
      if moved.last?.partition != place, !moved.contains(where: { $0.partition == place }) {
        moved.append(Cursor(place, Offset(until)))
      }
      if row.isNull(3) { continue }
      let event = Event(
        id: EventID(row.uuid(4)), type: EventType(row.text(5)), topic: topic, key: StreamID(row.text(6)),
        tenant: TenantID(row.uuid(7)), time: row.date(8), source: row.text(9),
        causation: row.isNull(10) ? nil : EventID(row.uuid(10)),
        correlation: row.isNull(11) ? nil : EventID(row.uuid(11)),
        traceparent: row.isNull(12) ? nil : row.text(12), value: row.bytes(13))
      records.append(Record(position: Position(topic, place.partition, Offset(row.int8(3))), event: event))
    }
    // Asked without ORDER BY, which would copy every value into a sort; the plan gives this order anyway.
    if records.indices.dropFirst().contains(where: { later in
      let (one, next) = (records[later - 1].position, records[later].position)
      return one.topicPartition == next.topicPartition && one.offset > next.offset
    }) {
      throw PostgresError(.refused(sqlState: "XX000"), "log.read_on gave records out of order")
    }
    return (LogBatch(records: records, cursors: moved), archived)
  }
}
