import Contracts
import EventLog
import Foundation
import JSON
import Postgres
import PostgresLog
import TestKit
import Testing

@testable import Pipeline

struct LateOutcomeTests {
  private let stage = CallStage()

  /// The stage's only partition is held by an owner of its own.
  private func withPartition(
    _ body: (TestDatabase, TestTenant, StageOwner, Leases) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database, partitions: 1)
      let owner = StageOwner(url: database.url)
      let (held, share) = try await LeaseTable(
        stage: stage.name, partitions: 1, owner: owner, pool: database.pool
      ).claim()
      var leases = Leases()
      leases.hold(held, share: share, running: [], at: .now)
      try #require(leases.working.count == 1)
      try await body(database, tenant, owner, leases)
      owner.close()
      await tenant.log.close()
    }
  }

  /// A partition was another's for a while, who declared a send uncertain, and came back before the call ended.
  @Test func whatIsLearnedOfAnEffectThatWasGivenUpIsRecordedOnce() async throws {
    try await withPartition { database, tenant, owner, leases in
      let context = StageContext(
        directory: try await tenant.directory.catchUp(), keyring: tenant.keyring, now: Date())
      let transaction = StageTransaction(
        stage: stage, log: tenant.log, context: context, leases: leases, owner: owner.id, running: [],
        heads: [:], maximumRunning: 10, isIsolating: false)
      let input = EventID(UUID())
      for number in [7, 8] {
        let finished = Finished(
          key: StreamKey(partition: Partition(0), key: StreamID("key")), offset: Offset(3), input: input,
          tenant: tenant.tenant, attempt: 2, outcome: CallStage.Outcome(number: number))
        let progress = try await database.pool.withTransaction {
          try transaction.run(StageWork(finished: [finished]), in: $0)
        }
        #expect(progress.effects.isEmpty && progress.outputs == 0)
      }
      let rows = try await database.pool.withConnection { connection in
        try connection.execute(
          "select step, intent_at is null, outcome ->> 'number' from stage.ledger where input = $1",
          [.uuid(input.uuid)]
        ).map { ($0.int4(0), $0.bool(1), $0.text(2)) }
      }
      // The first that was recorded stands.
      #expect(rows.count == 1 && rows[0] == (2, true, "7"))
    }
  }

  /// An owner began while its date was an hour ahead, and is gone: that of the next one counts.
  @Test func anEffectThatBeganInTheFutureIsGivenUpAfterItsTimeOutAndGrace() async throws {
    try await withPartition { database, tenant, owner, leases in
      let directory = try await tenant.directory.catchUp()
      let now = Date().truncatedToMilliseconds
      func run(
        _ work: StageWork<CallStage.Outcome>, after seconds: Double
      ) async throws -> StageProgress<CallStage.Effect> {
        let transaction = StageTransaction(
          stage: stage, log: tenant.log,
          context: StageContext(
            directory: directory, keyring: tenant.keyring, now: now.addingTimeInterval(seconds)),
          leases: leases, owner: owner.id, running: [], heads: [:], maximumRunning: 10, isIsolating: false)
        return try await database.pool.withTransaction { try transaction.run(work, in: $0) }
      }
      let event = Event(
        id: EventID(UUID()), type: MessageReceived.type, topic: .conversations, key: StreamID("key"),
        tenant: tenant.tenant, time: now, source: "/test", value: Array(#"{"facts":{"number":1}}"#.utf8))
      let position = Position(.conversations, Partition(0), Offset(0))
      let begun = try await run(
        StageWork(
          batch: .init(
            records: [Record(position: position, event: event)],
            next: [Partition(0): Reached(offset: Offset(1), sequence: nil)])),
        after: 3_600)
      #expect(begun.effects.count == 1)
      let key = StreamKey(partition: Partition(0), key: event.key)
      // Time-out and grace together are 1.5 s.
      for seconds in [1, 2.4] {
        let due = try #require(try await run(StageWork(due: [key]), after: seconds).nextDue)
        #expect(abs(due.timeIntervalSince(now) - 2.5) < 0.01)
      }
      #expect(try await run(StageWork(due: [key]), after: 2.6).nextDue == nil)
      let state = try await database.pool.withConnection { connection in
        try connection.execute("select value from stage.state where stage = 'call'").map { $0.bytes(0) }
      }
      #expect(try state.map { try JSON.decode(CallStage.State.self, from: $0).lost } == [[1]])
    }
  }
}
