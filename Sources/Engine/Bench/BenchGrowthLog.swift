import Contracts
import EventLog
import Foundation
import Postgres
import PostgresLog

/// A log of so many events, its read model, and the conversations that are read. What is measured adds to the log, and is
/// taken out again: it is as large at the last turn as at the first.
struct BenchGrowthLog {
  let level: Int
  let traffic: BenchTrafficLog
  let targets: [BenchAPI.Target]
  /// Of every partition, as the filling left them.
  private let ends: [Topic: [Offset]]

  /// The exchange that reaches the level is whole, of each of the two sources.
  private static let surplus = 20

  init(_ level: Int, _ database: BenchDatabase) async throws {
    let traffic = try await BenchTrafficLog(database)
    let sources = (1...2).map {
      BenchTraffic(tenants: 10, detail: .everything, keyring: traffic.keyring, seed: $0)
    }
    try await BenchAPI.admit(sources.flatMap(\.tenants), traffic)
    let admitted = Self.count(try await traffic.log.ends(of: Topic.allCases))
    try await traffic.fill(from: sources, level - admitted)
    let schema = try await BenchAPI.build(traffic)
    (self.level, self.traffic) = (level, traffic)
    ends = try await traffic.log.ends(of: Topic.allCases)
    // Of some ten messages, evenly from the whole log.
    targets = try await database.pool.withConnection { connection in
      try connection.execute(
        """
        select id, tenant from \(schema).conversation
        order by abs(messages - 10), md5(id::text) limit 500
        """
      ).map { BenchAPI.Target(conversation: .init($0.uuid(0)), tenant: .init($0.uuid(1))) }
    }
  }

  private static func count(_ ends: [Topic: [Offset]]) -> Int {
    Int(ends.values.joined().reduce(0) { $0 + $1.rawValue })
  }

  /// How many events the log holds; throws when that is not what it was filled with, by its records or by its offsets.
  func count() async throws -> Int {
    let records = try await traffic.database.pool.withConnection {
      Int(try $0.execute("select count(*) from log.record")[0].int8(0))
    }
    let isLevel = (level..<level + Self.surplus).contains(records)
    guard isLevel, records == Self.count(ends), try await traffic.log.ends(of: Topic.allCases) == ends else {
      throw BenchError("the log of \(level) events holds \(records)")
    }
    return records
  }

  /// Of the log's table and its indexes.
  func bytes() async throws -> Int64 {
    try await traffic.database.pool.withConnection {
      try $0.execute("select pg_total_relation_size('log.record')")[0].int8(0)
    }
  }

  /// Takes out what was added since the filling: records, and what the stage keeps. The ends are those of the records that
  /// are left, so that nothing else need be put back.
  func restore() async throws {
    let places = ends.flatMap { topic, offsets in
      zip(traffic.log.layout.partitions(topic), offsets).map { Cursor($0, $1) }
    }
    try await traffic.database.pool.withTransaction { transaction in
      for place in places {
        try transaction.execute(
          #"delete from log.record where topic = $1 and partition = $2 and "offset" >= $3"#,
          [
            .int2(place.partition.topic.number), .int4(place.partition.partition.rawValue),
            .int8(place.offset.rawValue),
          ])
      }
      try transaction.execute("delete from stage.progress")
      try transaction.execute("delete from stage.state")
      try transaction.execute("delete from stage.lease")
      try transaction.execute("delete from stage.owner")
    }
    traffic.log.forgetTail()
    try await traffic.database.pool.withConnection { connection in
      // The indexes, however few of their entries went: the pages at the end of the table go only with those.
      try connection.executeScript("vacuum (freeze, index_cleanup on) log.record")
      try connection.executeScript(
        "vacuum (analyze) stage.progress, stage.state, stage.lease, stage.owner, stage.claimant")
    }
  }

  /// Has the server write out now what it would write some time. It is one server for all logs.
  func writeOut() async throws {
    try await traffic.database.pool.withConnection { try $0.executeScript("checkpoint") }
  }

  /// Writes to the pages of the index of ids. One that is written to for the first time since the server wrote all out goes
  /// to the WAL as a whole: that is once in a quarter of an hour, and not what is measured.
  func touch() async throws {
    let pages = try await traffic.database.pool.withConnection { connection in
      let rows = try connection.execute(
        "select pg_relation_size('log.record_id_key') / current_setting('block_size')::bigint")
      return Int(rows[0].int8(0))
    }
    // Evenly: by chance, one page in twenty would be left out, and each weighs as much in the WAL as ten events.
    let count = UInt64(pages * 3)
    for start in stride(from: 0, to: count, by: 2_000) {
      _ = try await traffic.log.append(
        (start..<min(start + 2_000, count)).map { BenchAppend.event(Self.id($0, of: count)) })
    }
    try await restore()
  }

  /// One of so many that divide what there is of ids into equal parts; the rest of it is random.
  private static func id(_ number: UInt64, of count: UInt64) -> EventID {
    let place = UInt64.max / count * number
    var id = UUID().uuid
    (id.0, id.1, id.2) = (
      UInt8(place >> 56), UInt8(truncatingIfNeeded: place >> 48), UInt8(truncatingIfNeeded: place >> 40)
    )
    (id.3, id.4, id.5) = (
      UInt8(truncatingIfNeeded: place >> 32), UInt8(truncatingIfNeeded: place >> 24),
      UInt8(truncatingIfNeeded: place >> 16)
    )
    return EventID(UUID(uuid: id))
  }
}
