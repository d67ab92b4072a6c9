import Contracts
import Crypto
import EventLog
import Foundation
import ObjectStore
import Postgres

/// Moves old records of the embedded log into files of an archive, from which readers go on reading them.
///
/// A segment's file is put and read back before its records are removed, in the transaction that notes it: a run
/// that is killed at any point loses nothing, and the next one puts the same file again.
///
/// The ids of archived records are not recognised any more when they are appended again; everything that stages do
/// twice they know from tables of their own.
package struct Archiver: Sendable {
  /// What one run did.
  package struct Report: Sendable {
    package var segments = 0
    package var events = 0
    package var bytes = 0
  }

  private let log: PostgresLog
  private let store: any ObjectStore
  private let maximumEvents: Int32

  /// - Parameter maximumEvents: of one file.
  package init(log: PostgresLog, store: any ObjectStore, maximumEvents: Int32 = 20_000) {
    self.log = log
    self.store = store
    self.maximumEvents = maximumEvents
  }

  /// - Parameters:
  ///   - date: records of this time and later stay.
  ///   - onSegment: told of each segment that was moved.
  package func run(
    before date: Date, onSegment: (TopicPartition, Offset) -> Void = { _, _ in }
  ) async throws -> Report {
    try await putLayout()
    var report = Report()
    while true {
      let parts = try await archivable(before: date)
      guard !parts.isEmpty else { return report }
      for (partition, first, next) in parts {
        let segment = try await read(partition, from: first, to: next)
        guard let last = segment.records.last?.position.offset else { continue }
        let bytes = segment.encoded()
        try await move(segment, first, last.advanced(by: 1), bytes)
        report.segments += 1
        report.events += segment.records.count
        report.bytes += bytes.count
        onSegment(partition, last.advanced(by: 1))
      }
    }
  }

  /// The number of partitions, without which an archive could not become a log again.
  private func putLayout() async throws {
    let lines = Topic.allCases.map { "\($0.rawValue) \(log.layout.count($0))\n" }.joined()
    try await store.put(Array(lines.utf8), at: "log/layout.txt")
  }

  private func archivable(
    before date: Date
  ) async throws -> [(partition: TopicPartition, first: Offset, next: Offset)] {
    try await log.pool.withConnection { [maximumEvents] connection in
      try connection.execute(
        "select topic, partition, first, next from log.archivable($1, $2)",
        [.timestamp(date), .int4(maximumEvents)]
      ).compactMap { row in
        Topic(number: row.int2(0)).map {
          (TopicPartition($0, Partition(row.int4(1))), Offset(row.int8(2)), Offset(row.int8(3)))
        }
      }
    }
  }

  /// As many of the records as a file may have.
  private func read(_ partition: TopicPartition, from first: Offset, to next: Offset) async throws -> Segment
  {
    var (records, bytes): ([Record], Int) = ([], 0)
    var cursor = Cursor(partition, first)
    while cursor.offset < next, bytes < Segment.maximumBytes / 2 {
      let from = cursor
      let limit = min(2_000, Int(next.rawValue - from.offset.rawValue))
      let batch = try await log.pool.withConnection { connection in
        try LogStatements.read([from], limit: limit, types: nil, on: connection)
      }
      guard let moved = batch.cursors.first, batch.records.first?.position.offset == cursor.offset else {
        throw SegmentError("records of \(partition) from \(cursor.offset) on are not there")
      }
      records += batch.records
      bytes += batch.records.reduce(0) { $0 + $1.event.value.count + 500 }
      cursor = moved
    }
    return Segment(partition, records)
  }

  private func move(_ segment: Segment, _ first: Offset, _ next: Offset, _ bytes: [UInt8]) async throws {
    let name = Segment.name(segment.partition, first, next)
    try await store.put(bytes, at: name)
    guard let stored = try await store.get(name), stored == bytes,
      try Segment(decoding: stored).records == segment.records
    else { throw SegmentError("\(name) does not come back as it was put") }
    let digest = Array(SHA256.hash(data: bytes))
    try await log.pool.withTransaction { transaction in
      _ = try transaction.execute(
        "select log.archive_segment($1, $2, $3, $4, $5, $6, $7)",
        [
          .int2(segment.partition.topic.number), .int4(segment.partition.partition.rawValue),
          .int8(first.rawValue), .int8(next.rawValue), .text(name), .bytes(digest), .int8(Int64(bytes.count)),
        ])
    }
  }
}
