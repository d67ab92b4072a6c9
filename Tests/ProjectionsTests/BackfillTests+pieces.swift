import Contracts
import EventLog
import Foundation
import Postgres
import Synchronization
import TestKit
import Testing

@testable import Projections

/// What a rebuild that is held back does beside applying and comparing: in short pieces, too.
extension BackfillTests {
  /// What is large is dropped in parts.
  @Test func aHeldBackRebuildDropsWhatWasReplacedPartByPart() async throws {
    let (log, _) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      let definition = try definition(version: 1, counting: "1")
      _ = try await rebuild.run(definition)
      try await database.pool.withConnection { connection in
        try connection.executeScript(
          """
          insert into greetings_1_1.greeting (tenant, day, count)
          select gen_random_uuid(), date '2026-01-01', 1 from generate_series(1, 40000);
          create index greeting_day on greetings_1_1.greeting (day, tenant);
          """)
        let parts = try connection.execute(
          "select of_table, of_index from projection.parts_of('greetings_1_1')"
        )
        .map { [$0.text(0), $0.optional(1, PostgresRow.text)] }
        #expect(parts == [["greeting", "greeting_day"], ["greeting", "greeting_pkey"], ["greeting", nil]])
        #expect(throws: PostgresError.self) {
          _ = try connection.execute(
            "select projection.drop_part('greetings_1_1', 'greeting', 'greeting_pkey')")
        }
      }
      _ = try await rebuild.run(definition, .init(acceptsDifferences: true))
      let throttle = BackfillThrottle(url: database.url, duty: 1)
      try await throttle.watching { try await rebuild.clear(definition, .init(throttle: throttle)) }
      #expect(throttle.pieces.begun == 3)
      let left = try await database.pool.withConnection {
        try $0.execute("select nspname::text from pg_namespace where nspname like 'greetings%'")
          .map { $0.text(0) }
      }
      #expect(left == ["greetings_1_2"])
    }
  }

  /// It goes on where it stood.
  @Test func aPausedRebuildBeginsNothingUntilItGoesOn() async throws {
    let (log, _) = try await log()
    try await TestDatabase.with { database in
      let throttle = BackfillThrottle(url: database.url, duty: 1)
      throttle.pause()
      let rebuild = rebuild(log, database)
      let definition = try definition(version: 1, counting: "1")
      async let report = throttle.watching { try await rebuild.run(definition, .init(throttle: throttle)) }
      try await eventually("the first piece is done") { throttle.pieces == (1, false) ? () : nil }
      // Nothing is to come, in a time in which a hundred pieces would be done.
      try await Task.sleep(for: .milliseconds(500))
      #expect(throttle.pieces.begun == 1)
      throttle.resume()
      #expect(try await report.isLive)
      #expect(throttle.pieces.begun > 1)
    }
  }

  /// Little goes at once. What a drop that was cut short gave up is dropped by the next one.
  @Test func whatIsThrownAwayIsDroppedPartByPartUnlessItIsLittle() async throws {
    var random = LogRandom(seed: 23)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    let events = try EventHistory.make(exchanges: 1_000, &random).filter { $0.topic == .conversations }
    _ = try await log.append(Array(events.prefix(1_500)))
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      _ = try await rebuild.run(definition(version: 1, counting: "1"))
      let changed = try definition(version: 2, counting: "2")
      func drop() async throws -> [String] {
        let throttle = BackfillThrottle(url: database.url, duty: 1)
        let gone = try await throttle.watching { try await rebuild.drop("greetings", throttle) }
        return gone + ["\(throttle.pieces.begun) pieces"]
      }
      _ = try await rebuild.compare(changed)
      #expect(try await Rebuild.isLittle(changed, in: log))
      #expect(try await drop() == ["greetings_2_1", "0 pieces"])

      _ = try await log.append(Array(events.dropFirst(1_500)))
      #expect(try await Rebuild.isLittle(changed, in: log) == false)
      _ = try await rebuild.compare(changed)
      // It has one table, whose index is small.
      #expect(try await drop() == ["greetings_2_1", "1 pieces"])

      _ = try await rebuild.compare(changed)
      try await database.pool.withConnection {
        _ = try $0.execute("update projection.version set state = 'failed' where schema = 'greetings_2_1'")
      }
      #expect(try await drop() == ["greetings_2_1", "1 pieces"])
      #expect(try await live(database) == "greetings_1_1")
      let left = try await database.pool.withConnection {
        try $0.execute("select nspname::text from pg_namespace where nspname like 'greetings%'")
          .map { $0.text(0) }
      }
      #expect(left == ["greetings_1_1"])
    }
  }

  /// Of a large table some columns at a time and by a small sample; nothing that the server has looked at itself.
  @Test func thePlannerLooksInShortPiecesAtWhatChanged() async throws {
    try await TestDatabase.with { database in
      try await database.pool.withConnection { connection in
        func pieces() throws -> [String] {
          // What this connection counted is told now and not after a second.
          _ = try connection.execute("select pg_stat_force_next_flush()")
          return try connection.execute(
            "select of_table, cardinality(of_columns) from projection.analysed_pieces('build')"
          ).map { "\($0.text(0)) \($0.int4(1))" }
        }
        try connection.executeScript(
          """
          create schema build;
          create table build.small (id integer primary key, tenant uuid) with (autovacuum_enabled = off);
          create table build.large (
            a integer primary key, b integer, c integer, d integer, e integer, f integer, g integer, h integer,
            i integer, j integer
          ) with (autovacuum_enabled = off);
          alter table build.large alter j set statistics 0;
          insert into build.large select n, n, n, n, n, n, n, n, n, n from generate_series(1, 40000) as n;
          """)
        #expect(try pieces() == ["large 8", "large 1", "small 2"])
        _ = try connection.execute("select projection.analyze_columns('build', 'large', '{a,b}')")
        let bounds = try connection.execute(
          "select cardinality(histogram_bounds::text::integer[]) from pg_stats where schemaname = 'build'"
        ).map { $0.int4(0) }
        #expect(bounds == [11, 11])
        #expect(try pieces().contains("large 8"), "the other columns are still to be looked at")
        try connection.executeScript("analyze build.large")
        try connection.executeScript("analyze build.small")
        #expect(try pieces().isEmpty)
        try connection.executeScript("insert into build.small select n from generate_series(1, 100) as n")
        #expect(try pieces() == ["small 2"])
      }
    }
  }

  /// While both builds stand still, what is left is not applied in one go either.
  @Test func whatIsLeftAtTheEndIsAppliedInShortPieces() async throws {
    let (log, _) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      // Each message takes a while, so that the pieces do not grow.
      let slowly = " + length(pg_sleep(0.002)::text)"
      _ = try await rebuild.run(definition(version: 1, counting: "1" + slowly))
      let changed = try definition(version: 2, counting: "2" + slowly)
      _ = try await rebuild.compare(changed)
      func compare() async throws -> (applied: Int, pieces: Int) {
        let throttle = BackfillThrottle(url: database.url, duty: 1)
        let report = try await throttle.watching {
          try await rebuild.compare(changed, .init(throttle: throttle))
        }
        return (report.applied, throttle.pieces.begun)
      }
      let before = try await compare()
      var random = LogRandom(seed: 24)
      let more = try EventHistory.make(exchanges: 300, &random).filter { $0.type == MessageReceived.type }
      _ = try await log.append(Array(more.prefix(190)))
      let after = try await compare()
      #expect(before.applied == 0 && after.applied > 0)
      #expect(more.count >= 190)
      // Of fifty positions, and either build has 190; in one go it would be one more of each.
      #expect(after.pieces > before.pieces + 4)
    }
  }

  @Test func howManyRowsAreComparedIsTold() async throws {
    let (log, _) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      let definition = try definition(version: 1, counting: "1")
      _ = try await rebuild.run(definition)
      let throttle = BackfillThrottle(url: database.url, duty: 1)
      let told = Mutex<[RebuildProgress]>([])
      let report = try await throttle.watching {
        try await rebuild.run(definition, .init(throttle: throttle)) { progress in
          told.withLock { $0.append(progress) }
        }
      }
      let rows = report.tables.reduce(0) { $0 + $1.liveRows }
      let compared = told.withLock { $0.filter { $0.phase == .comparing }.map(\.compared) }
      #expect(rows > 0 && compared.first == 0 && compared.last == rows && compared == compared.sorted())
    }
  }

  /// However little live work bears.
  @Test func whatMustComeToAnEndRestsAsLongAsItWorks() {
    let throttle = BackfillThrottle(url: "postgres://localhost:1/none")
    throttle.begin(.applying)
    #expect(throttle.end(after: .milliseconds(5)) > .seconds(1))
    throttle.begin(.applying)
    let rest = throttle.end(after: .milliseconds(5), isUrgent: true)
    #expect(rest > .milliseconds(4) && rest < .milliseconds(6))
  }
}
