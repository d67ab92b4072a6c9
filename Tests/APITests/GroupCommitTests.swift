@testable import API
import Dispatch
import HTTPTypes
import Postgres
import TestKit
import Testing

struct GroupCommitTests {
  /// The only connection is in use, and as much waits for it as may.
  @Test func whatMayNotWaitAnyMoreIsToldToComeAgainAndTheRestIsCommitted() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      let pool = database.pool
      try await pool.withConnection { try $0.executeScript("create table item (n integer)") }
      let commits = GroupCommit<Int32>(pool: pool, maximumBatch: 10, maximumWaiting: 3) {
        items, transaction in
        for item in items { try transaction.execute("insert into item values ($1)", [.int4(item)]) }
      }
      let isFree = DispatchSemaphore(value: 0)
      let (held, isHeld) = AsyncStream.makeStream(of: Void.self)
      try await withThrowingTaskGroup(of: PostgresError?.self) { group in
        group.addTask {
          try await pool.withConnection { _ in
            isHeld.yield()
            isFree.wait()
          }
          return nil
        }
        _ = await held.first { _ in true }
        for number in 0..<5 as Range<Int32> {
          group.addTask {
            do { try await commits.commit(number) } catch let error as PostgresError { return error }
            return nil
          }
        }
        for _ in 0..<2 {
          let error = try #require(try await group.next() ?? nil)
          #expect(error.code == .overloaded)
          let problem = Problem(describing: error)
          #expect(problem.type.status == .serviceUnavailable)
          #expect(problem.headers.contains { $0.0 == .retryAfter })
        }
        isFree.signal()
        for try await error in group { #expect(error == nil) }
      }
      let rows = try await pool.withConnection { try $0.execute("select count(*) from item")[0].int8(0) }
      #expect(rows == 3)
    }
  }
}
