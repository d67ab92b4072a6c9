import Contracts
import EventLog
import Foundation
import ObjectStore
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

@testable import KafkaLog

struct LogCopyTests {
  private let topics: [Topic] = [.conversations, .inbound, .tenants]

  private func with(_ body: @Sendable (KafkaFixture) async throws -> Void) async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 3))
    try await KafkaFixture.with(cluster.url(), partitions: 3, isRelaying: false, body)
  }

  private func copy(
    _ fixture: KafkaFixture, from source: PostgresLog? = nil, batch: Int = 2_000,
    patience: Duration = .seconds(60)
  ) -> LogCopy {
    LogCopy(
      from: source ?? fixture.outbox, to: fixture.log, fixture.configuration, database: fixture.database.url,
      batch: batch, settling: .milliseconds(50), patience: patience, logger: KafkaFixture.logger)
  }

  @discardableResult
  private func fill(_ log: some EventLog, _ count: Int) async throws -> [Event] {
    let events = (0..<count).map { LogFixtures.event("stream-\($0 % 23)", topic: topics[$0 % 3]) }
    _ = try await log.append(events)
    return events
  }

  /// The embedded log's own.
  private func originals(_ log: PostgresLog) async throws -> [Record] {
    var records: [Record] = []
    for topic in topics {
      let count = try await log.ends(of: topic).reduce(0) { $0 + Int($1.rawValue) }
      records += try await log.read(count, from: log.beginnings(of: topic))
    }
    return sorted(records)
  }

  /// Of Kafka alone: `ends` of the log would wait for the outbox, which is what is copied.
  private func copies(_ log: KafkaLog) async throws -> [Record] {
    var records: [Record] = []
    for topic in topics {
      let partitions = log.layout.partitions(topic)
      let count = try await log.ends(partitions).reduce(0) { $0 + Int($1.rawValue) }
      records += try await log.read(count, from: partitions.map { Cursor($0) })
    }
    return sorted(records)
  }

  private func sorted(_ records: [Record]) -> [Record] {
    records.sorted { a, b in
      (a.position.topic.number, a.position.partition, a.position.offset)
        < (b.position.topic.number, b.position.partition, b.position.offset)
    }
  }

  @Test func everyRecordKeepsItsOffsetAndWhatCameSinceFollows() async throws {
    try await with { fixture in
      try await fill(fixture.outbox, 300)
      let copy = copy(fixture, batch: 7)
      #expect(try await copy.run() == 300)
      #expect(try await copy.run() == 0)
      #expect(try await copies(fixture.log) == originals(fixture.outbox))
      try await fill(fixture.outbox, 30)
      #expect(try await copy.run() == 30)
      #expect(try await copies(fixture.log) == originals(fixture.outbox))
    }
  }

  @Test(arguments: [1, 8]) func aCopyThatWasStoppedGoesOnWithoutLossOrRepetition(after parts: Int)
    async throws
  {
    try await with { fixture in
      try await fill(fixture.outbox, 400)
      let copy = copy(fixture, batch: 9)
      let seen = Atomic(0)
      let stopping = Task { @Sendable in
        try await copy.run { _ in
          if seen.add(1, ordering: .relaxed).newValue == parts { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }
      try await eventually("some parts are copied") { seen.load(ordering: .relaxed) >= parts ? true : nil }
      stopping.cancel()
      _ = await stopping.result
      let more = try await copy.run()
      #expect(more > 0 && more < 400)
      #expect(try await copies(fixture.log) == originals(fixture.outbox))
    }
  }

  @Test func afterTheCutOverEverythingGoesOnWhereTheCopyEnds() async throws {
    try await with { fixture in
      let copy = copy(fixture)
      let first = try await fill(fixture.outbox, 100)
      _ = try await copy.run()
      // In between the engine goes on, and does not stop for the cut-over either.
      let second = try await fill(fixture.outbox, 50)
      let accepted = Mutex<[Event]>([])
      let writing = Task { @Sendable in
        while !Task.isCancelled {
          let events = [LogFixtures.event("stream-1", topic: .conversations)]
          guard (try? await fixture.outbox.append(events)) != nil else { return }
          accepted.withLock { $0 += events }
        }
      }
      try await eventually("something is appended") { accepted.withLock { $0.count } > 20 ? true : nil }
      let copied = try await copy.cutOver()
      writing.cancel()
      await writing.value
      #expect(copied >= 70)
      try await reconnect(fixture.database.pool)
      let held = try await copies(fixture.log).map(\.event.id)
      await #expect(throws: PostgresError.self) { _ = try await copy.run() }

      try await withThrowingTaskGroup { group in
        group.addTask { [relay = fixture.log.relay] in try await relay.run() }
        // By the outbox and directly, as the engine on Kafka writes.
        let third = (0..<40).map { LogFixtures.event("stream-\($0 % 23)", topic: topics[$0 % 3]) }
        try await fixture.commit(third)
        for topic in topics { _ = try await fixture.log.ends(of: topic) }
        let fourth = try await fill(fixture.log, 30)
        let all = try await copies(fixture.log).map(\.event.id)
        // What was acknowledged during the move is there once, before it or after it by way of the outbox.
        let expected = (first + second + accepted.withLock { $0 } + third + fourth).map(\.id)
        #expect(all.count == Set(all).count)
        #expect(Set(all).isSuperset(of: expected))
        #expect(all.count - expected.count <= 1, "one append may have been cut off after its commit")
        #expect(Set(held).isSubset(of: all))
        // Numbering goes on from the offsets.
        let rows = try await fixture.database.pool.withConnection {
          try $0.execute("select count(*) from log.record")[0].int8(0)
        }
        #expect(rows <= 9, "the tables hold \(rows) records")
        group.cancelAll()
      }
    }
  }

  /// The cut-over ended the sessions of this pool; each of its threads finds that out once.
  private func reconnect(_ pool: PostgresPool) async throws {
    await withTaskGroup { group in
      for _ in 0..<32 {
        group.addTask { _ = try? await pool.withConnection { _ = try $0.execute("select pg_sleep(0.02)") } }
      }
    }
  }

  @Test func whatWasArchivedIsCopiedToo() async throws {
    try await with { fixture in
      let store = MemoryStore()
      let source = PostgresLog(
        pool: fixture.database.pool, layout: fixture.outbox.layout, archive: store,
        logger: KafkaFixture.logger)
      try await fill(source, 200)
      let before = try await originals(source)
      _ = try await Archiver(log: source, store: store, maximumEvents: 30).run(before: .distantFuture)
      try await fill(source, 20)
      #expect(try await copy(fixture, from: source).run() == 220)
      let copied = try await copies(fixture.log)
      #expect(copied.count == 220 && Set(copied.map(\.event.id)).isSuperset(of: before.map(\.event.id)))
      #expect(copied == sorted(try await originals(source)))
      await source.close()
    }
  }

  @Test func topicsThatHoldSomethingElseAreRefused() async throws {
    try await with { fixture in
      try await fill(fixture.outbox, 60)
      _ = try await fixture.log.append([LogFixtures.event("stream-1", topic: .tenants)])
      await #expect { _ = try await copy(fixture).run() } throws: {
        ($0 as? EventLogError)?.code == .misconfigured && "\($0)".contains("holds something else")
      }
    }
  }

  @Test func noTwoCopiesRunAtOnce() async throws {
    try await with { fixture in
      let other = try PostgresConnection(url: fixture.database.url)
      try other.execute("select kafka.begin_copy()")
      await #expect { _ = try await copy(fixture).run() } throws: {
        "\($0)".contains("another copy of the log is under way")
      }
    }
  }

  /// A process that runs a stage, as its SQL sees it.
  private struct Worker {
    let id = UUID()
    let connection: PostgresConnection

    init(_ fixture: KafkaFixture) throws {
      connection = try PostgresConnection(url: fixture.database.url)
      try connection.execute("select stage.heartbeat($1, $2)", [.uuid(id), .int8(4_711)])
    }

    /// What it holds and should hold, as it asks every second.
    func claim() throws -> (held: Int, share: Int) {
      let rows = try connection.execute(
        "select share from stage.claim('deliver', 3, $1, interval '15 seconds')", [.uuid(id)])
      return (rows.count, rows.isEmpty ? 0 : Int(rows[0].int4(0)))
    }

    func release() throws {
      try connection.execute("select stage.release('deliver', $1, array[0, 1, 2])", [.uuid(id)])
    }

    /// Its input waits for the outcome of a send that began so long ago; less than nothing keeps it young on a slow
    /// machine.
    func send(_ input: UUID, began ago: String) throws {
      try connection.execute(
        """
        insert into stage.waiting (stage, partition, key, "offset", id, type, tenant, time, source, value, intent_at)
        values ('deliver', 0, $1, 0, $2, 'reply.generated', $2, now(), '/tests', '', now())
        """, [.text(input.uuidString), .uuid(input)])
      try connection.execute(
        "insert into stage.ledger (stage, input, step, tenant, intent_at) values ('deliver', $1, 0, $1, now() - $2::text::interval)",
        [.uuid(input), .text(ago)])
    }
  }

  @Test func aCutOverWaitsUntilStagesHaveComeToRest() async throws {
    try await with { fixture in
      try await fill(fixture.outbox, 10)
      let worker = try Worker(fixture)
      #expect(try worker.claim().held == 3)
      let send = UUID()
      try worker.send(send, began: "-5 minutes")
      // Of one that began long ago nobody will know more.
      try worker.send(UUID(), began: "1 hour")
      let moving = Task { @Sendable in try await copy(fixture).cutOver() }
      try await eventually("the worker is told to give up what it holds") {
        try worker.claim().share == 0 ? true : nil
      }
      // What it has begun ends in order, and others go on appending.
      try await fill(fixture.outbox, 10)
      #expect(try worker.claim().held == 3)
      try worker.release()
      #expect(try worker.claim().held == 0, "nothing is taken on again")
      #expect(try worker.connection.execute("select sends from stage.under_way()")[0].int8(0) == 1)
      #expect(try worker.connection.execute("select from kafka.home").isEmpty)
      try worker.connection.execute(
        "update stage.ledger set outcome = '{}' where input = $1", [.uuid(send)])
      _ = try await moving.value
      try await reconnect(fixture.database.pool)
      #expect(try await copies(fixture.log).count == 20)
    }
  }

  @Test func whereStagesDoNotComeToRestNothingIsChanged() async throws {
    try await with { fixture in
      try await fill(fixture.outbox, 10)
      let worker = try Worker(fixture)
      #expect(try worker.claim().held == 3)
      await #expect {
        _ = try await copy(fixture, patience: .milliseconds(20)).cutOver()
      } throws: { "\($0)".contains("3 partitions") && "\($0)".contains("nothing was changed") }
      try await fill(fixture.outbox, 10)
      try await eventually("stages go on") { try worker.claim().share == 3 ? true : nil }
      #expect(try worker.connection.execute("select from kafka.home").isEmpty)
    }
  }

  /// A machine that is gone leaves its session behind until Postgres notices, which may take hours.
  @Test func whatAnAbsentProcessHoldsIsTakenFromIt() async throws {
    try await with { fixture in
      try await fill(fixture.outbox, 10)
      let worker = try Worker(fixture)
      #expect(try worker.claim().held == 3)
      // To the worker's own connection its session seems gone.
      let other = try PostgresConnection(url: fixture.database.url)
      func disown() throws -> Int64 {
        try other.execute("select stage.disown('60 seconds')")[0].int8(0)
      }
      #expect(try disown() == 0, "it lives")
      try worker.connection.execute(
        "update stage.lease set expires_at = clock_timestamp() - interval '1 second'")
      #expect(try disown() == 0, "it may be slow")
      #expect(try other.execute("select partitions from stage.under_way()")[0].int8(0) == 3)
      try worker.connection.execute(
        "update stage.owner set seen_at = clock_timestamp() - interval '2 minutes'")
      _ = try await copy(fixture).cutOver()
      try await reconnect(fixture.database.pool)
      #expect(try await copies(fixture.log).count == 10)
      try await expectNobodyHolds(anythingOf: worker.id, fixture.database.pool)
    }
  }

  /// One that was killed counts until its leases run out.
  @Test func whatADeadProcessHeldDoesNotHoldTheCutOverUp() async throws {
    try await with { fixture in
      try await fill(fixture.outbox, 10)
      let dead = try { () throws in
        let worker = try Worker(fixture)
        #expect(try worker.claim().held == 3)
        try worker.connection.execute(
          "update stage.lease set expires_at = clock_timestamp() + interval '1 second'")
        return worker.id
      }()
      _ = try await copy(fixture).cutOver()
      try await reconnect(fixture.database.pool)
      #expect(try await copies(fixture.log).count == 10)
      try await expectNobodyHolds(anythingOf: dead, fixture.database.pool)
    }
  }

  /// Whoever held something before can write nothing under it any more.
  private func expectNobodyHolds(anythingOf owner: UUID, _ pool: PostgresPool) async throws {
    try await pool.withTransaction { transaction in
      #expect(try transaction.execute("select from stage.lease where owner is not null").isEmpty)
      let fenced = try transaction.execute(
        "select from stage.fence('deliver', $1, array[0, 1, 2], array[1, 1, 1]::bigint[])", [.uuid(owner)])
      #expect(fenced.isEmpty)
    }
  }

  @Test func aMoveIsRefusedWhenSomethingWasAppendedMeanwhile() async throws {
    try await with { fixture in
      try await fill(fixture.outbox, 10)
      // As after a connection that broke and gave its locks back.
      await #expect { @Sendable in
        try await fixture.database.pool.withConnection { connection in
          _ = try connection.execute(
            """
            select kafka.move(array_agg(topic), array_agg(partition), array_agg("offset" - 1)) from kafka.ends()
            """)
        }
      } throws: { "\($0)".contains("something was appended meanwhile") }
      #expect(
        try await fixture.database.pool.withConnection { try $0.execute("select from kafka.home").isEmpty })
    }
  }
}
