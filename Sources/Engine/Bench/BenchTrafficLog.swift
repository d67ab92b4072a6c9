import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Postgres
import PostgresLog
import Projections

/// The embedded log of a benchmark's database, filled by COPY: what is measured is what reads it.
struct BenchTrafficLog {
  let database: BenchDatabase
  let log: PostgresLog
  let keyring: Keyring
  private var offsets: [TopicPartition: Int64] = [:]

  private static let part = 20_000

  /// - Parameter master: of the keys; another process that is to read the log needs it.
  init(
    _ database: BenchDatabase, master: MasterKey = MasterKey(SymmetricKey(size: .bits256))
  ) async throws {
    self.database = database
    log = try await database.makeLog()
    keyring = Keyring(master: master)
  }

  /// Appends at least `count` events; the next part is sealed while the last one is copied.
  ///
  /// - Parameter isLive: a little more, for who reads already; statistics stay as they are.
  mutating func fill(_ traffic: inout BenchTraffic, _ count: Int, isLive: Bool = false) async throws {
    var left = count
    var part = try traffic.next(min(left, Self.part))
    while true {
      let (rows, keys) = (rows(of: part.events), part.keys)
      left -= part.events.count
      async let copied: Void = copy(rows, keys)
      if left > 0 { part = try traffic.next(min(left, Self.part)) }
      try await copied
      if left <= 0 { break }
    }
    guard !isLive else { return }
    // As autovacuum would: a log that was written row by row has statistics, a visibility map, and is frozen.
    try await database.pool.withConnection { try $0.executeScript("vacuum (freeze, analyze) log.record") }
  }

  private func copy(_ rows: BinaryBuffer, _ keys: [NewKey]) async throws {
    try await database.pool.withTransaction { [keyring] transaction in
      try keyring.store(keys, in: transaction)
      try transaction.connection.copyIn(
        """
        copy log.record (topic, partition, "offset", id, type, key, tenant, time, source, value)
        from stdin (format binary)
        """, rows: rows)
    }
  }

  private mutating func rows(of events: [Event]) -> BinaryBuffer {
    var buffer = BinaryBuffer(reserving: events.reduce(0) { $0 + $1.value.count + 250 })
    for event in events {
      let place = log.layout.partition(of: event)
      let offset = offsets[place, default: 0]
      offsets[place] = offset + 1
      buffer.put(Int16(10))
      buffer.putField(place.topic.number)
      buffer.putField(place.partition.rawValue)
      buffer.putField(offset)
      buffer.putField(event.id.uuid)
      buffer.putField(event.type.rawValue)
      buffer.putField(event.key.rawValue)
      buffer.putField(event.tenant.uuid)
      buffer.putField(event.time)
      buffer.putField(event.source)
      buffer.putField(event.value)
    }
    return buffer
  }

  /// How many events a projection reads.
  func count(_ definition: ProjectionDefinition) async throws -> Int {
    try await database.pool.withConnection { connection in
      let rows = try connection.execute(
        "select count(*) from log.record where topic = any ($1) and type = any ($2)",
        [.int2s(definition.topics.map(\.number)), .texts(definition.types.map(\.rawValue))])
      return Int(rows[0].int8(0))
    }
  }
}
