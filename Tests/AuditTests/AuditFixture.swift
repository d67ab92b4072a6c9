import Audit
import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Logging
import ObjectStore
import Postgres
import PostgresLog
import TestKit

/// An embedded log in a database of its own, with what seals and verifies it.
struct AuditFixture: Sendable {
  let log: PostgresLog
  let database: TestDatabase
  let master = MasterKey(SymmetricKey(data: [UInt8](repeating: 0x5A, count: 32)))

  static func with<R>(
    partitions: Int = 2, archive: (any ObjectStore)? = nil, _ body: (AuditFixture) async throws -> R
  ) async throws -> R {
    try await TestDatabase.with { database in
      var log = try await database.makeLog(partitions: partitions)
      if let archive {
        let layout = log.layout
        await log.close()
        log = PostgresLog(
          pool: database.pool, layout: layout, archive: archive, logger: Logger(label: "test"))
      }
      let fixture = AuditFixture(log: log, database: database)
      let result: Result<R, any Error>
      do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
      await fixture.log.close()
      return try result.get()
    }
  }

  /// Appends `count` events of several keys to conversations.
  @discardableResult
  func append(_ count: Int) async throws -> [Event] {
    var events: [Event] = []
    for number in 0..<count {
      events.append(
        LogFixtures.event("key-\(number % 7)", value: Array(#"{"facts":{"number":\#(number)}}"#.utf8)))
    }
    for start in stride(from: 0, to: events.count, by: 500) {
      _ = try await log.append(Array(events[start..<min(start + 500, events.count)]))
    }
    return events
  }

  @discardableResult
  func checkpoint(on other: (any EventLog)? = nil) async throws -> Checkpoint {
    try await Checkpointer(log: other ?? log, pool: database.pool, master: master).run(at: Date()).checkpoint
  }

  func verify(
    _ folder: URL? = nil, log other: (any ReadableLog)? = nil, now: Date = Date()
  ) async throws -> VerificationReport {
    try await Verifier(log: other ?? log, pool: database.pool, now: now).run(
      against: folder.map { CheckpointFolder($0) })
  }

  /// What differs, as `kind topic/partition@offset event`.
  func found(_ folder: URL? = nil) async throws -> [String] {
    try await verify(folder).differences.map {
      Self.name($0.kind, $0.topic, $0.partition, $0.offset, $0.event)
    }
  }

  static func name(_ kind: Difference.Kind, _ record: Record) -> String {
    name(
      kind, record.position.topic, record.position.partition.rawValue, record.position.offset.rawValue,
      record.event.id)
  }

  private static func name(
    _ kind: Difference.Kind, _ topic: Topic?, _ partition: Int32?, _ offset: Int64?, _ event: EventID?
  ) -> String {
    "\(kind.rawValue) \(topic?.rawValue ?? "-")/\(partition ?? -1)@\(offset ?? -1) \(event.map { "\($0)" } ?? "-")"
  }

  /// The records of one partition of conversations, in order.
  func records(_ partition: Int32 = 0) async throws -> [Record] {
    let end = try await log.ends(of: .conversations)[Int(partition)]
    return try await log.read(
      Int(end.rawValue), from: [Cursor(TopicPartition(.conversations, Partition(partition)))])
  }

  /// Behind the log's back.
  func sql(_ statement: String, _ parameters: [PostgresParameter] = []) async throws {
    try await database.pool.withConnection { _ = try $0.execute(statement, parameters) }
  }

  /// A folder outside, holding every checkpoint.
  func export(to folder: URL) async throws {
    let stored = try await Checkpoints.load(from: database.pool)
    guard let key = stored.key else { throw TestSetupError("there is no key") }
    try CheckpointFolder(folder).add(stored.entries, key: key)
  }

  static func withFolder<R>(_ body: (URL) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
  }
}
