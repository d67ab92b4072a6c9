import Contracts
import Dispatch
import EventLog
import Postgres
import PostgresLog
import TestKit
import Testing

/// A process that stands still while several of its transactions append to one partition, or wait to.
@Suite(.timeLimit(.minutes(4)))
struct StandingStillTests {
  private static let transactions = 6

  @Test func itHoldsOthersUpForNoLongerThanOneOfItsTransactionsMayIdle() async throws {
    try await TestDatabase.with(connections: 4) { database in
      let other = PostgresPool(
        url: database.url, connections: Self.transactions, name: "still", prefersIndexes: true)
      defer { other.shutdown() }
      let log = try await database.makeLog(partitions: 1)
      let goesOn = DispatchSemaphore(value: 0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<Self.transactions {
          group.addTask {
            try? await other.withTransaction { transaction in
              try log.append([LogFixtures.event("stream")], in: transaction)
              transaction.beforeCommit { _ in goesOn.wait() }
            }
          }
        }
        defer { for _ in 0..<Self.transactions { goesOn.signal() } }
        try await eventually {
          try await database.pool.withConnection { connection in
            try connection.execute(
              """
              select count(*) from pg_locks
              where
                locktype = 'advisory' and not granted
                and database = (select oid from pg_database where datname = current_database())
              """)[0]
              .int8(0) == Self.transactions - 1
          }
        }
        let start = ContinuousClock.now
        try await eventually {
          do {
            _ = try await log.append([LogFixtures.event("stream")])
            return true
          } catch let error as EventLogError where error.isRetriable { return false }
        }
        // A transaction may idle for ten seconds: one after the other they would take a minute.
        #expect(.now - start < .seconds(30))
      }
      await log.close()
    }
  }

  /// Also where it was the server that stood still, and found a transaction idle for that long when it went on.
  @Test func whatTheServerEndedMeanwhileMayBeDoneAgain() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let other = PostgresPool(url: database.url, connections: 1, name: "still")
      defer { other.shutdown() }
      let thrown = await #expect(throws: PostgresError.self) {
        try await other.withTransaction { transaction in
          try transaction.execute("set local idle_in_transaction_session_timeout = '10ms'")
          let me = try transaction.execute("select pg_backend_pid()")[0].int4(0)
          let watch = try PostgresConnection(url: database.url)
          while try !watch.execute("select from pg_stat_activity where pid = $1", [.int4(me)]).isEmpty {}
          try transaction.execute("select 1")
        }
      }
      let error = try #require(thrown)
      #expect(error.isRetriable, "\(error)")
      for state in ["25P03", "25P04"] { #expect(PostgresError(.refused(sqlState: state), "").isRetriable) }
      #expect(!PostgresError(.refused(sqlState: "25P02"), "").isRetriable)
    }
  }

  private func eventually(_ holds: () async throws -> Bool) async throws {
    while try await !holds() {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}
