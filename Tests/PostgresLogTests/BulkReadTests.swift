import Postgres
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2)))
struct BulkReadTests {
  /// Some 20 MB: far more than comes in one packet.
  private static let rows: Int64 = 100_000

  @Test func manyRowsAndFewAreReadWhole() async throws {
    try await Self.withConnection { connection in
      for count in [Self.rows, 0, 1] {
        let rows = try connection.executeInBulk(
          "select n, repeat('x', 200) from generate_series(1, $1) as n", [.int8(count)])
        #expect(rows.count == count)
        #expect(rows.enumerated().allSatisfy { $1.int8(0) == $0 + 1 && $1.text(1).utf8.count == 200 })
      }
    }
  }

  /// The server finds the error when it has sent half of them.
  @Test func whatFailsInTheMiddleIsRefusedAndTheConnectionGoesOn() async throws {
    try await Self.withConnection { connection in
      let error = Self.failure {
        try connection.executeInBulk(
          "select 1 / (n - $1 / 2), repeat('x', 200) from generate_series(1, $1) as n", [.int8(Self.rows)])
      }
      #expect(error?.sqlState == "22012")
      let rows = try connection.executeInBulk("select $1", [.int8(7)])
      #expect(rows[0].int8(0) == 7)
    }
  }

  @Test func aSessionThatEndsInTheMiddleIsUnavailable() async throws {
    try await Self.withConnection { connection in
      let error = Self.failure {
        try connection.executeInBulk(
          """
          select case when n = $1 / 2 then pg_terminate_backend(pg_backend_pid()) end, repeat('x', 200)
          from generate_series(1, $1) as n
          """, [.int8(Self.rows)])
      }
      #expect(error?.isRetriable == true)
    }
  }

  /// What was put off goes first.
  @Test func itTakesAlongWhatWasPutOff() async throws {
    try await Self.withConnection { connection in
      try connection.execute("create temporary table word (text text)")
      connection.executeLater("insert into word values ($1)", [.text("a")])
      let rows = try connection.executeInBulk("select text from word", [])
      #expect(rows.map { $0.text(0) } == ["a"])
    }
  }

  private static func failure(_ work: () throws -> PostgresRows) -> PostgresError? {
    do { _ = try work() } catch { return error as? PostgresError }
    return nil
  }

  private static func withConnection(_ body: (PostgresConnection) throws -> Void) async throws {
    try await TestDatabase.with { database in try body(PostgresConnection(url: database.url)) }
  }
}
