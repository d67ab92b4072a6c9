import Contracts
import EventLog
import Foundation
import PostgresLog
import JSON
import Keyring
import Postgres
import Projections

/// What Postgres does at most with the rows of a projection: binary COPY into a temporary table, and INSERT …
/// SELECT of them into a table with a primary key, in the same batches.
///
/// Reading the log, decoding and opening happen before the clock starts.
struct BenchProjectCeiling {
  let traffic: BenchTrafficLog
  let definition: ProjectionDefinition
  let batchSize: Int
  /// As the measured work has it: a rebuild commits asynchronously.
  let synchronousCommit: Bool

  /// Rows per second, over at most `count` rows.
  func measure(_ count: Int) async throws -> Double {
    let connection = PostgresPool(url: traffic.database.url, connections: 1)
    defer { connection.shutdown() }
    try await connection.withConnection { [synchronousCommit] in
      try $0.executeScript(Self.tables + "set synchronous_commit = \(synchronousCommit ? "on" : "off")")
    }
    let reader = try await traffic.log.reader(
      from: definition.topics.flatMap { traffic.log.layout.partitions($0) }.map { Cursor($0) },
      types: definition.types)
    var rows = 0
    var seconds = 0.0
    while rows < count {
      var buffer = BinaryBuffer()
      var size = 0
      while size < min(batchSize, count - rows) {
        let records = try await reader.next(limit: min(batchSize, count - rows) - size).records
        try await put(records, into: &buffer)
        size += records.count
      }
      let batch = buffer
      let clock = ContinuousClock()
      let start = clock.now
      try await connection.withTransaction { transaction in
        try transaction.connection.copyIn(Self.copy, rows: batch)
        try transaction.execute("insert into ceiling select * from pg_temp.ceiling_batch")
      }
      seconds += (clock.now - start) / .seconds(1)
      rows += size
    }
    await reader.close()
    try await connection.withConnection { try $0.executeScript("drop table ceiling") }
    return Double(rows) / seconds
  }

  private func put(_ records: [Record], into buffer: inout BinaryBuffer) async throws {
    let values = try records.map { try JSONValue(parsing: $0.event.value) }
    let sealed = definition.needsPrivate ? values.map { $0["private"]?.string } : values.map { _ in nil }
    let ids = Set(try sealed.compactMap { try $0.map { try JWE.keyID(of: $0) } })
    let keys = try await traffic.database.pool.withConnection { [keyring = traffic.keyring] in
      try keyring.keys(ids, on: $0)
    }
    for ((record, value), sealed) in zip(zip(records, values), sealed) {
      let key = try sealed.flatMap { keys[try JWE.keyID(of: $0)] }
      buffer.put(Int16(10))
      buffer.putField(record.position.topic.number)
      buffer.putField(record.position.partition.rawValue)
      buffer.putField(record.position.offset.rawValue)
      buffer.putField(record.event.id.uuid)
      buffer.putField(record.event.type.rawValue)
      buffer.putField(record.event.tenant.uuid)
      buffer.putField(record.event.key.rawValue)
      buffer.putField(record.event.time)
      buffer.putJSONField(value["facts"]?.serialized())
      if let sealed, let key {
        buffer.putJSONField(try JWE.open(sealed, with: key))
      } else {
        buffer.putNull()
      }
    }
  }

  private static let columns = """
    topic smallint not null, partition integer not null, "offset" bigint not null, event_id uuid not null,
    type text not null, tenant uuid not null, stream text not null, time timestamptz not null,
    facts jsonb not null, private jsonb
    """
  private static let tables = """
    set temp_buffers = '64MB';
    create temporary table ceiling_batch (\(columns)) on commit delete rows;
    create table ceiling (\(columns), primary key (topic, partition, "offset"));
    """
  private static let copy = """
    copy pg_temp.ceiling_batch (topic, partition, "offset", event_id, type, tenant, stream, time, facts, private)
    from stdin (format binary)
    """
}
