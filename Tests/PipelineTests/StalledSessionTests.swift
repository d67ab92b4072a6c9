import CPostgres
import Postgres
import TestKit
import Testing

/// A client that stands still with a part of its batch sent: to the server it is not idle, and it keeps its locks.
@Suite struct StalledSessionTests {
  @Test func aClientThatSentAPartOfABatchLosesItsLocksAfterAWhile() async throws {
    try await TestDatabase.with { database in
      try await database.pool.withConnection {
        try $0.executeScript("insert into stage.lease (stage, partition) values ('some-stage', 0)")
      }
      let stalled = try HalfSentBatch(
        url: database.url, "select from stage.lease where stage = 'some-stage' for update")
      defer { stalled.close() }
      _ = try await eventually("the batch stalls") { try await isStalled(database.pool) ? true : nil }
      try await endStalled("1 hour", database.pool)
      #expect(try await isLocked(database.pool))
      _ = try await eventually("the lease is free") {
        try await endStalled("50 milliseconds", database.pool)
        return try await isLocked(database.pool) ? nil : true
      }
    }
  }

  /// It waits, and not for its client.
  @Test func whoWorksForLongKeepsItsSession() async throws {
    try await TestDatabase.with { database in
      let holder = PostgresPool(url: database.url, connections: 1, name: "aigentable-holds")
      defer { holder.shutdown() }
      try await holder.withConnection { _ = try $0.execute("select 1 from pg_advisory_lock(1)") }
      let working = Task {
        let pool = PostgresPool(url: database.url, connections: 1, name: "aigentable-works")
        defer { pool.shutdown() }
        return try await pool.withConnection {
          try $0.execute("select 1 from pg_advisory_xact_lock(1)").count
        }
      }
      _ = try await eventually("it has worked for a while") {
        let works = try await database.pool.withConnection { connection in
          try connection.execute(
            """
            select exists (
              select from pg_stat_activity where application_name = 'aigentable-works-1' and state = 'active'
                and state_change < clock_timestamp() - interval '300 milliseconds')
            """)[0].bool(0)
        }
        return works ? true : nil
      }
      try await endStalled("100 milliseconds", database.pool)
      try await holder.withConnection { _ = try $0.execute("select 1 from pg_advisory_unlock(1)") }
      #expect(try await working.value == 1)
    }
  }

  private func endStalled(_ silence: String, _ pool: PostgresPool) async throws {
    try await pool.withConnection { connection in
      _ = try connection.execute("select stage.end_stalled($1::text::interval)", [.text(silence)])
    }
  }

  private func isStalled(_ pool: PostgresPool) async throws -> Bool {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select exists (
          select from pg_stat_activity
          where datname = current_database() and state = 'active' and wait_event = 'ClientRead')
        """)[0].bool(0)
    }
  }

  private func isLocked(_ pool: PostgresPool) async throws -> Bool {
    try await pool.withConnection { connection in
      try connection.execute(
        "select partition from stage.lease where stage = 'some-stage' for update skip locked"
      )
      .isEmpty
    }
  }
}

/// A statement that was sent in a pipeline, of which no end is sent.
private struct HalfSentBatch: @unchecked Sendable {  // used by one task
  private let handle: OpaquePointer

  init(url: String, _ statement: String) throws {
    guard let opened = PQconnectdb(url) else { throw TestSetupError("no memory") }
    handle = opened
    let isSent =
      PQexec(opened, "set application_name = 'aigentable-stalled'").map { PQclear($0) } != nil
      && PQenterPipelineMode(opened) == 1
      && PQsendQueryParams(opened, statement, 0, nil, nil, nil, nil, 1) == 1
      && PQsendFlushRequest(opened) == 1 && PQflush(opened) == 0
    guard isSent else { throw TestSetupError(String(cString: PQerrorMessage(opened))) }
  }

  func close() { PQfinish(handle) }
}
