import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import TestKit

@testable import Projections

/// One build of a projection, fed with records directly.
struct ProjectionHarness {
  static let partitions = 4

  let build: ProjectionBuild
  let database: TestDatabase
  private let writer: BatchWriter
  private let decoder: BatchDecoder

  init(
    _ definition: ProjectionDefinition, _ database: TestDatabase, keys: @escaping KeySource = TestKeys.source
  ) async throws {
    self.database = database
    build = try await database.pool.withTransaction { transaction in
      _ = try ProjectionBuild.begin(definition, in: transaction)
      let made = try ProjectionBuild.all(definition.name, .building, on: transaction.connection)
      return made[made.count - 1]
    }
    guard let lease = try await Lease.acquire(build.schema, owner: UUID(), pool: database.pool) else {
      throw TestSetupError("the lease of a new build is not free")
    }
    writer = BatchWriter(build: build, lease: lease, pool: database.pool, logger: Logger(label: "test"))
    decoder = BatchDecoder(pool: database.pool, keys: definition.needsPrivate ? keys : nil)
  }

  /// Applies the records in batches of `size`.
  @discardableResult
  func apply(_ records: [Record], batchesOf size: Int) async throws -> WriteResult {
    var total = WriteResult(applied: 0, parked: 0)
    for start in stride(from: 0, to: records.count, by: size) {
      let part = Array(records[start..<min(start + size, records.count)])
      let ends = Dictionary(part.map { ($0.position.topicPartition, $0.position.offset) }) { max($0, $1) }
      let batch = try await decoder.decode(
        part,
        cursors: ends.map { Cursor($0.key, $0.value.advanced(by: 1)) }
      )
      let result = try await writer.write(batch)
      total.applied += result.applied
      total.parked += result.parked
    }
    return total
  }

  /// These columns of a table as text, null as the empty text.
  func rows(of table: String, _ columns: [String]) async throws -> [[String]] {
    let list = columns.map { "coalesce(\"\($0)\"::text, '')" }.joined(separator: ", ")
    return try await query("select \(list) from \(build.schema).\(table)", columns.count)
      .sorted { $0.joined() < $1.joined() }
  }

  /// A hash over the ordered rows of each table.
  func digest() async throws -> [String: String] { try await digest(of: build) }

  func digest(of build: ProjectionBuild) async throws -> [String: String] {
    var digests: [String: String] = [:]
    for table in build.recorded.tables {
      digests[table] = try await query(
        "select count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '') "
          + "from \(build.schema).\(table) as t",
        1
      )[0][0]
    }
    return digests
  }

  func query(_ sql: String, _ columns: Int) async throws -> [[String]] {
    try await database.pool.withTransaction { transaction in
      try transaction.execute("set local timezone = 'UTC'")
      return try transaction.execute(sql).map { row in (0..<columns).map { row.text($0) } }
    }
  }

  /// Puts events where a log with `partitions` would, in order of `events`.
  static func records(_ events: [Event], partitions: Int = partitions) -> [Record] {
    let layout = LogLayout(partitions: partitions)
    var next: [TopicPartition: Int64] = [:]
    return events.map { event in
      let place = layout.partition(of: event)
      let offset = next[place, default: 0]
      next[place] = offset + 1
      return Record(position: Position(place.topic, place.partition, Offset(offset)), event: event)
    }
  }

  /// Another order in which partitions might be read: each partition's own order is kept.
  static func interleaved(_ records: [Record], _ random: inout LogRandom) -> [Record] {
    var queues = Dictionary(grouping: records, by: \.position.topicPartition).mapValues { $0[...] }
    var order: [Record] = []
    while let place = queues.keys.sorted(by: { $0.description < $1.description }).randomElement(
      using: &random
    ) {
      let count = Int.random(in: 1...20, using: &random)
      order += queues[place]?.prefix(count) ?? []
      queues[place] = queues[place]?.dropFirst(count)
      if queues[place]?.isEmpty ?? true { queues[place] = nil }
    }
    return order
  }
}
