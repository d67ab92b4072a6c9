import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import Synchronization
import TestKit
import Testing

@testable import Projections

/// A metric is changed in SQL: what was built is compared, then made live or thrown away.
struct BackfillTests {
  private static let yaml = """
    name: greetings
    version: 1
    topics: [conversations]
    types: [message.received]
    private: false
    bounds: [tenant, day]
    tables: [greeting]
    """
  private static let schema = """
    create table greeting (
      tenant uuid not null, day date not null, count bigint not null, bytes bigint not null default 0,
      primary key (tenant, day))
    """

  /// - Parameter counted: the expression that the metric is the sum of.
  func definition(version: Int, counting counted: String) throws -> ProjectionDefinition {
    try ProjectionDefinition(
      folder: "greetings", yaml: Self.yaml.replacing("version: 1", with: "version: \(version)"),
      schema: Self.schema,
      apply: """
        insert into greeting as g (tenant, day, count, bytes)
        select tenant, time::date, sum(\(counted)), sum((facts ->> 'bytes')::bigint) from batch group by 1, 2
        on conflict (tenant, day) do update
        set count = g.count + excluded.count, bytes = g.bytes + excluded.bytes
        """, indexes: "")
  }

  func rebuild(_ log: any EventLog, _ database: TestDatabase) -> Rebuild {
    Rebuild(log: log, pool: database.pool, keys: TestKeys.source, logger: Logger(label: "test"))
  }

  func live(_ database: TestDatabase) async throws -> String {
    try await database.pool.withConnection {
      try $0.execute("select schema from projection.version where name = 'greetings' and state = 'live'")[0]
        .text(0)
    }
  }

  private func leases(_ database: TestDatabase) async throws -> Int64 {
    try await database.pool.withConnection {
      try $0.execute("select count(*) from projection.lease where expires_at > clock_timestamp()")[0].int8(0)
    }
  }

  /// Hears what is logged.
  private struct Listening: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    let hear: @Sendable (Logger.Level, String) -> Void

    init(_ hear: @escaping @Sendable (Logger.Level, String) -> Void) { self.hear = hear }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { hear(event.level, "\(event.message) \(event.metadata ?? [:])") }
  }

  func log() async throws -> (MemoryLog, [Event]) {
    var random = LogRandom(seed: 21)
    let events = try EventHistory.make(exchanges: 150, &random)
    let log = MemoryLog(layout: LogLayout(partitions: 3))
    _ = try await log.append(events)
    return (log, events.filter { $0.type == MessageReceived.type })
  }

  @Test func aChangedMetricIsComparedByDayAndTenantAndThenMadeLive() async throws {
    let (log, messages) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      _ = try await rebuild.run(definition(version: 1, counting: "1"))
      // The new metric counts those that say more than 20 bytes.
      let changed = try definition(version: 2, counting: "((facts ->> 'bytes')::int > 20)::int")
      #expect(try await rebuild.isBuilt(changed) == false)
      let report = try await rebuild.compare(changed)
      #expect(!report.isLive && report.applied == messages.count)
      #expect(try await live(database) == "greetings_1_1")

      // The same worked out in Swift.
      struct Place: Hashable { let tenant: TenantID, day: String }
      var expected: [Place: (old: Int, new: Int)] = [:]
      for event in messages {
        let day = String(event.time.formatted(.iso8601).prefix(10))
        let isLong = try MessageReceived.read(event).facts.bytes > 20
        let before = expected[Place(tenant: event.tenant, day: day)] ?? (0, 0)
        expected[Place(tenant: event.tenant, day: day)] = (before.old + 1, before.new + (isLong ? 1 : 0))
      }
      expected = expected.filter { $0.value.old != $0.value.new }
      #expect(expected.count > 1)
      #expect(report.changes.count == expected.count)
      for change in report.changes {
        let sums = try #require(expected[Place(tenant: change.tenant, day: change.day ?? "")])
        #expect(change.table == "greeting" && change.differences == 1)
        // Only what differs is told.
        #expect(change.sums == [.init(column: "count", live: "\(sums.old)", built: "\(sums.new)")])
      }

      #expect(try await rebuild.isBuilt(changed))
      let moved = try await rebuild.run(changed)
      #expect(moved.isLive && moved.applied == 0, "what was compared is taken up, not made again")
      #expect(try await live(database) == "greetings_2_1")
    }
  }

  @Test func whatWasComparedCanBeThrownAway() async throws {
    let (log, _) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      _ = try await rebuild.run(definition(version: 1, counting: "1"))
      let changed = try definition(version: 2, counting: "2")
      #expect(try await rebuild.compare(changed).changes.isEmpty == false)
      #expect(try await rebuild.drop("greetings") == ["greetings_2_1"])
      #expect(try await rebuild.isBuilt(changed) == false)
      #expect(try await live(database) == "greetings_1_1")
      #expect(try await rebuild.drop("greetings").isEmpty)
    }
  }

  @Test func theLiveOneGoesOnWhileBothAreCompared() async throws {
    let (log, _) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      let first = try definition(version: 1, counting: "1")
      _ = try await rebuild.run(first)
      let said = Mutex<[(level: Logger.Level, text: String)]>([])
      let runner = ProjectionRunner(
        first, log: log, pool: database.pool, keys: TestKeys.source,
        logger: Logger(label: "test") { _ in
          Listening { level, text in said.withLock { $0.append((level, text)) } }
        })
      try await withThrowingTaskGroup { group in
        group.addTask { try await runner.run() }
        // The runner has the lease that the rebuild will take.
        while try await leases(database) == 0 { await Task.yield() }
        _ = try await rebuild.compare(definition(version: 2, counting: "2"))
        var random = LogRandom(seed: 22)
        _ = try await log.append(try EventHistory.make(exchanges: 40, &random))
        // The runner has its lease again and comes to the end.
        while try await ProjectionStatus.all(log, pool: database.pool).first(where: \.isLive)?.behind != 0 {
          await Task.yield()
        }
        group.cancelAll()
      }
      // That its lease was taken is as meant, and no warning.
      let stopped = said.withLock { $0.filter { $0.text.contains("lease") } }
      #expect(stopped.contains { $0.text.hasPrefix("projection stopped") })
      #expect(stopped.allSatisfy { $0.level == .info }, "\(stopped)")
    }
  }

  @Test func whatIsComparedInPiecesIsWhatTheWholeSays() async throws {
    let (log, _) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      _ = try await rebuild.run(definition(version: 1, counting: "1"))
      let changed = try definition(version: 2, counting: "((facts ->> 'bytes')::int > 20)::int")
      let whole = try await rebuild.compare(changed)
      let throttle = BackfillThrottle(url: database.url, duty: 1)
      let pieces = try await throttle.watching {
        try await rebuild.compare(changed, .init(throttle: throttle))
      }
      #expect(whole.changes.count > 1 && pieces.changes == whole.changes)
      #expect(pieces.tables.map(\.description) == whole.tables.map(\.description))
    }
  }

  /// By keys of several columns, with rows that only one side has, and columns that only one side has.
  @Test func piecesOfATableAreThoseOfItsKey() async throws {
    try await TestDatabase.with { database in
      try await database.pool.withTransaction { transaction in
        try transaction.connection.executeScript(
          """
          create schema one; create schema other;
          create table one.t (
            tenant uuid not null, word text collate "C", at timestamptz, n integer, primary key (word, at));
          create table other.t (
            tenant uuid not null, word text collate "C", at timestamptz, n bigint, more numeric,
            primary key (word, at));
          insert into one.t
          select uuid_nil, 'it''s 100 %s ' || n % 7, timestamptz '2026-01-01' + n * interval '1 microsecond', n
          from generate_series(1, 500) as n, (select '00000000-0000-0000-0000-000000000000'::uuid) as u (uuid_nil);
          insert into other.t select tenant, word, at, n, 0.5 from one.t where n <> 100;
          update other.t set n = n + 1 where n in (7, 490);
          insert into other.t select tenant, 'z', at, n, 0.5 from one.t where n > 400;
          """)
        let whole = try TableComparison.compare("one", "other", in: transaction)
        let changes = try Change.all("one", "other", in: transaction)
        #expect(whole[0].differences == 103 && changes[0].sums.map(\.column) == ["more", "n"])
        let throttle = BackfillThrottle(url: database.url, duty: 1)
        let pieces = PacedComparison(live: "one", built: "other", throttle: throttle, stop: .init())
        #expect(try pieces.tables(in: transaction) == whole)
        #expect(try pieces.changes(in: transaction) == changes)
        // One processor, and at once.
        let settings = try transaction.execute(
          "select current_setting('max_parallel_workers_per_gather'), current_setting('jit')")[0]
        #expect(settings.text(0) == "0" && settings.text(1) == "off")
        func query(_ call: String) throws -> String {
          try transaction.execute("select projection.\(call)")[0].text(0)
        }
        let key = try transaction.execute(
          query("key_query('one', 'other', 't', false)"), [.text("{}"), .int4(10)])[0].text(0)
        let part = try transaction.execute(
          query("compare_query('one', 'other', 't', false, true)"), [.text("{}"), .text(key)])[0]
        #expect(max(part.int8(0), part.int8(1)) <= 10 && part.int8(0) + part.int8(1) > 10)
      }
    }
  }

  /// A row that has no `day` is of the day, in UTC, of its first time that both builds have: of the live one, where both
  /// have the row.
  @Test func aRowWithoutADayIsOfTheDayOfItsFirstTime() async throws {
    try await TestDatabase.with { database in
      try await database.pool.withTransaction { transaction in
        try transaction.connection.executeScript(
          """
          set local timezone = 'Pacific/Auckland';
          create schema one; create schema other;
          create table one.t (
            id integer primary key, tenant uuid not null, old_at timestamptz not null default now(),
            "At" timestamptz, later timestamptz not null default '2020-01-01 00:00Z', n integer not null);
          create table other.t (
            later timestamptz not null default '2020-01-01 00:00Z', id integer primary key, tenant uuid not null,
            "At" timestamptz, n integer not null);
          insert into one.t (id, tenant, "At", n)
          select i, case when i < 5 then uuid '00000000-0000-0000-0000-000000000001' else uuid_nil end,
            timestamptz '2026-03-01 23:59:59Z' + (i % 2) * interval '1 second', i
          from generate_series(1, 8) as i, (select uuid '00000000-0000-0000-0000-000000000000') as u (uuid_nil);
          insert into other.t (id, tenant, "At", n) select id, tenant, "At", n from one.t where id <> 8;
          update other.t set n = n + 10 where id in (1, 2);
          update other.t set "At" = '2026-05-05 00:00Z' where id = 6;
          insert into other.t (id, tenant, "At", n) values (9, '00000000-0000-0000-0000-000000000001', null, 1);
          """)
        let changes = try Change.all("one", "other", in: transaction).map { change in
          "\(change.day ?? "-") \(change.tenant.description.suffix(1)) \(change.differences)"
            + " \(change.liveRows) \(change.builtRows)"
        }
        #expect(
          changes == [
            "2026-03-01 0 2 2 1", "2026-03-01 1 1 2 2", "2026-03-02 1 1 2 2", "- 1 1 0 1",
          ])
        let throttle = BackfillThrottle(url: database.url, duty: 1)
        let pieces = PacedComparison(live: "one", built: "other", throttle: throttle, stop: .init())
        #expect(try pieces.changes(in: transaction) == Change.all("one", "other", in: transaction))
      }
    }
  }

  @Test func aThrottledBuildComesOutTheSame() async throws {
    let (log, messages) = try await log()
    try await TestDatabase.with { database in
      let rebuild = rebuild(log, database)
      let definition = try definition(version: 1, counting: "1")
      _ = try await rebuild.run(definition)
      let throttle = BackfillThrottle(url: database.url, duty: 0.5)
      let report = try await throttle.watching {
        try await rebuild.run(definition, .init(batchSize: 20, throttle: throttle))
      }
      #expect(report.applied == messages.count)
      for table in report.tables { #expect(table.differences == 0, "\(table)") }
    }
  }

  @Test func aTransactionOfABackfillIsAsLargeAsTheTimeThatItMayTake() {
    func size(_ events: Int, _ milliseconds: Int, was size: Int) -> Int {
      BackfillThrottle.size(after: events, .milliseconds(milliseconds), was: size)
    }
    #expect(size(100, 2, was: 100) == 175)
    #expect(size(1_000, 40, was: 1_000) == 562)
    // The end of a partition says nothing.
    #expect(size(3, 9, was: 400) == 400)
    #expect(size(200, 10_000, was: 160) == 80)
    // A transaction of fewer would take as long.
    #expect(size(100, 10_000, was: 60) == 50)
    #expect(size(2_000, 1, was: 2_000) == 2_000)
  }
}
