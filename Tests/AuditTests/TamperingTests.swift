import Audit
import Contracts
import EventLog
import Foundation
import ObjectStore
import Postgres
import PostgresLog
import TestKit
import Testing

/// What is done to the log with SQL, behind its back, is found and named.
@Suite(.timeLimit(.minutes(3)))
struct TamperingTests {
  private static func place(_ record: Record) -> [PostgresParameter] {
    [
      .int2(record.position.topic.number), .int4(record.position.partition.rawValue),
      .int8(record.position.offset.rawValue),
    ]
  }

  /// A sealed log of a few blocks, tampered with at a random place of its first partition.
  private func tamper(
    _ name: String, events: Int = 5_000,
    _ body: (AuditFixture, [Record], inout LogRandom) async throws -> [String]
  ) async throws {
    var random = LogRandom(seed: LogRandom.seed(for: name))
    try await AuditFixture.with { fixture in
      try await fixture.append(events)
      try await fixture.checkpoint()
      try await fixture.append(20)
      #expect(try await fixture.found().isEmpty)
      let expected = try await body(fixture, try await fixture.records(), &random)
      #expect(try await fixture.found().sorted() == expected.sorted())
    }
  }

  @Test(arguments: [
    "value = value || '\\x20'::bytea", "type = 'message.edited'", "tenant = gen_random_uuid()",
    "time = time + interval '1 ms'", "source = '/elsewhere'", "causation = null",
    "correlation = gen_random_uuid()",
    "traceparent = null", "key = 'another'",
  ])
  func aChangedEventIsNamed(change: String) async throws {
    try await tamper("changed", events: 300) { fixture, records, random in
      let victim = records[Int.random(in: 0..<records.count - 20, using: &random)]
      try await fixture.sql(
        #"update log.record set \#(change) where topic = $1 and partition = $2 and "offset" = $3"#,
        Self.place(victim))
      return [AuditFixture.name(.changed, victim)]
    }
  }

  @Test func anExchangedIDIsAChange() async throws {
    try await tamper("exchanged id", events: 300) { fixture, records, random in
      let victim = records[Int.random(in: 0..<records.count - 20, using: &random)]
      try await fixture.sql(
        #"update log.record set id = gen_random_uuid() where topic = $1 and partition = $2 and "offset" = $3"#,
        Self.place(victim))
      return [AuditFixture.name(.changed, victim)]
    }
  }

  @Test func removedEventsAreNamed() async throws {
    try await tamper("removed") { fixture, records, random in
      let victims = (0..<records.count - 20).shuffled(using: &random).prefix(3).map { records[$0] }
      for victim in victims {
        try await fixture.sql(
          #"delete from log.record where topic = $1 and partition = $2 and "offset" = $3"#, Self.place(victim)
        )
      }
      return victims.map { AuditFixture.name(.removed, $0) }
    }
  }

  @Test func aRemovedEventIsNamedAlsoWhereTheRestWasRenumbered() async throws {
    try await tamper("removed and renumbered") { fixture, records, random in
      let victim = records[Int.random(in: 0..<records.count - 20, using: &random)]
      try await fixture.sql(
        #"delete from log.record where topic = $1 and partition = $2 and "offset" = $3"#, Self.place(victim))
      for step in ["-1000001", "+1000000"] {
        try await fixture.sql(
          #"""
          update log.record set "offset" = "offset" \#(step)
          where topic = $1 and partition = $2 and ("offset" > $3 or "offset" < 0)
          """#, Self.place(victim))
      }
      return [AuditFixture.name(.removed, victim)]
    }
  }

  @Test func anInsertedEventIsNamed() async throws {
    try await tamper("inserted") { fixture, records, random in
      let place = records[Int.random(in: 0..<records.count - 20, using: &random)]
      for step in ["-1000000", "+1000001"] {
        try await fixture.sql(
          #"""
          update log.record set "offset" = "offset" \#(step)
          where topic = $1 and partition = $2 and ("offset" >= $3 or "offset" < 0)
          """#, Self.place(place))
      }
      let id = EventID(UUID())
      try await fixture.sql(
        #"""
        insert into log.record
        select topic, partition, $3, $4, type, key, tenant, time, source, causation, correlation, traceparent, value
        from log.record where topic = $1 and partition = $2 and "offset" = $3 + 1
        """#, Self.place(place) + [.uuid(id.uuid)])
      return ["inserted conversations/0@\(place.position.offset) \(id)"]
    }
  }

  @Test func swappedEventsAreNamed() async throws {
    try await tamper("swapped") { fixture, records, random in
      let pair = (0..<records.count - 20).shuffled(using: &random).prefix(2).sorted().map { records[$0] }
      for (from, to) in [(pair[0], Int64(-1)), (pair[1], pair[0].position.offset.rawValue)] {
        try await fixture.sql(
          #"update log.record set "offset" = $4 where topic = $1 and partition = $2 and "offset" = $3"#,
          Self.place(from) + [.int8(to)])
      }
      try await fixture.sql(
        #"update log.record set "offset" = $3 where topic = $1 and partition = $2 and "offset" = -1"#,
        Self.place(pair[1]))
      return zip(pair, pair.reversed()).map { event, place in
        AuditFixture.name(.reordered, Record(position: place.position, event: event.event))
      }
    }
  }

  @Test func aTruncatedPartitionIsNamed() async throws {
    try await tamper("truncated") { fixture, records, random in
      let first = records[Int.random(in: 0..<records.count - 20, using: &random)]
      try await fixture.sql(
        #"delete from log.record where topic = $1 and partition = $2 and "offset" >= $3"#, Self.place(first))
      return [AuditFixture.name(.truncated, first)]
    }
  }

  @Test func aPartitionThatWasEmptiedIsNamed() async throws {
    try await tamper("emptied", events: 100) { fixture, records, _ in
      try await fixture.sql("delete from log.record where topic = 2 and partition = 0")
      return [AuditFixture.name(.truncated, records[0])]
    }
  }

  @Test func tablesThatWereChangedDoNotAccuseTheLog() async throws {
    try await AuditFixture.with { fixture in
      try await fixture.append(3_000)
      try await fixture.checkpoint()
      try await fixture.sql(
        "update audit.block set hashes = overlay(hashes placing '\\x00000000'::bytea from 65) where number = 0"
      )
      let report = try await fixture.verify()
      #expect(!report.differences.isEmpty)
      #expect(report.differences.allSatisfy { $0.kind == .tables })
      let records = try await fixture.records()
      #expect(report.differences.contains { $0.event == records[2].event.id })
      try await fixture.sql("delete from audit.block")
      #expect(try await fixture.verify().differences.allSatisfy { $0.kind == .tables })
      #expect(!(try await fixture.verify().differences.isEmpty))
    }
  }

  /// Log and tables are changed alike, as one does who knows both: only the signed root tells.
  @Test func aLogThatWasChangedTogetherWithTheTablesIsFoundByTheRoot() async throws {
    try await AuditFixture.with { fixture in
      try await fixture.append(3_000)
      try await fixture.checkpoint()
      let saved = try await Checkpoints.load(from: fixture.database.pool)
      try await fixture.append(500)
      try await fixture.checkpoint()
      let later = try await Checkpoints.load(from: fixture.database.pool)
      try await fixture.sql(
        "update log.record set source = '/forged' where topic = 2 and partition = 0 and \"offset\" = 5")
      try await fixture.sql("truncate audit.tree, audit.block, audit.checkpoint")
      try await fixture.checkpoint()
      try await fixture.sql("truncate audit.checkpoint")
      for (number, checkpoint) in later.entries {
        try await fixture.sql(
          "insert into audit.checkpoint values ($1, $2, decode($3, 'hex'))",
          [.int8(number), .text(checkpoint.body), .text(checkpoint.signature)])
      }
      let found = try await fixture.verify().differences
      #expect(saved.entries.count == 1)
      #expect(found.contains { $0.kind == .root && $0.partition == 0 && $0.detail.contains("checkpoint 1") })
      #expect(!found.contains { $0.partition == 1 })
    }
  }

  @Test func whatExpiredOfInboundIsNoDifference() async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      _ = try await fixture.append(50, to: .inbound)
      try await fixture.sql(#"delete from log.record where topic = 1 and "offset" < 20"#)
      let log = ExpiringLog(fixture.log)
      let young = try await fixture.verify(log: log)
      #expect(young.differences.count == 20)
      #expect(young.differences.allSatisfy { $0.kind == .removed })
      let old = try await fixture.verify(log: log, now: Self.nextMonth)
      #expect(old.differences.isEmpty)
      #expect(old.expired == 20)
    }
  }

  /// The front of the log gives a part without events, and no event that is there has expired, however old.
  @Test func whatIsOldAndStillThereHasNotExpired() async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      _ = try await fixture.append(50, to: .inbound)
      try await fixture.sql(#"delete from log.record where topic = 1 and "offset" < 20"#)
      try await fixture.sql(#"insert into log.low_water (topic, partition, "offset") values (1, 0, 20)"#)
      let old = try await fixture.verify(log: ExpiringLog(fixture.log), now: Self.nextMonth)
      #expect(old.differences.isEmpty, "\(old.differences)")
      #expect(old.expired == 20 && old.events == 30)
    }
  }

  /// The embedded log removes nothing by itself, and what it moves to the archive is read from there: a front that is
  /// missing was taken away, also where the log was made to say that it begins later.
  @Test(arguments: [false, true])
  func aRemovedFrontOfTheEmbeddedLogIsNamedHoweverOld(isNoted: Bool) async throws {
    try await AuditFixture.with(partitions: 1) { fixture in
      let events = try await fixture.append(50, to: .inbound)
      try await fixture.sql(#"delete from log.record where topic = 1 and "offset" < 20"#)
      if isNoted {
        try await fixture.sql(#"insert into log.low_water (topic, partition, "offset") values (1, 0, 20)"#)
      }
      let report = try await fixture.verify(now: Self.nextMonth)
      #expect(report.expired == 0 && report.events == 30)
      #expect(report.differences.map(\.kind) == Array(repeating: .removed, count: 20))
      #expect(report.differences.map(\.event) == events.prefix(20).map(\.id))
    }
  }

  /// A file of the archive of which nothing is known any more, and the first event behind the archive.
  @Test func whatIsMissingBehindTheArchiveIsNamedHoweverOld() async throws {
    let store = MemoryStore()
    try await AuditFixture.with(partitions: 1, archive: store) { fixture in
      let events = try await fixture.append(100, to: .inbound)
      _ = try await Archiver(log: fixture.log, store: store, maximumEvents: 30).run(before: .distantFuture)
      let later = try await fixture.append(10, to: .inbound)
      #expect(try await fixture.verify(now: Self.nextMonth).differences.isEmpty)
      // The first file is forgotten, as if its events had never been.
      try await fixture.sql("delete from log.segment where topic = 1 and first = 0")
      try await fixture.sql(#"delete from log.record where topic = 1 and "offset" = 100"#)
      let report = try await fixture.verify(now: Self.nextMonth)
      #expect(report.expired == 0 && report.events == 79)
      #expect(report.differences.allSatisfy { $0.kind == .removed })
      #expect(report.differences.map(\.event) == (events.prefix(30) + later.prefix(1)).map(\.id))
    }
  }

  private static var nextMonth: Date { Date().addingTimeInterval(31 * 86_400) }
}

extension AuditFixture {
  /// Appends events of as many keys, and seals the log.
  fileprivate func append(_ count: Int, to topic: Topic) async throws -> [Event] {
    let events = (0..<count).map { LogFixtures.event("key-\($0)", topic: topic) }
    _ = try await log.append(events)
    try await checkpoint()
    return events
  }
}

/// A log that lets go of old records by itself, as Kafka does.
private struct ExpiringLog: ReadableLog {
  private let log: any ReadableLog

  init(_ log: any ReadableLog) { self.log = log }

  var layout: LogLayout { log.layout }
  var expiring: Set<Topic> { [.inbound] }
  func ends(of topic: Topic) async throws(EventLogError) -> [Offset] { try await log.ends(of: topic) }
  func ends(of topics: [Topic]) async throws(EventLogError) -> [Topic: [Offset]] {
    try await log.ends(of: topics)
  }
  func endsQuery(of topic: Topic) -> PostgresStatement? { nil }
  func reader(from cursors: [Cursor], types: Set<EventType>?) async throws(EventLogError) -> any LogReader {
    try await log.reader(from: cursors, types: types)
  }
  func salvaging(_ onDamage: @escaping @Sendable (LogDamage) -> Void) -> any ReadableLog {
    ExpiringLog(log.salvaging(onDamage))
  }
}
