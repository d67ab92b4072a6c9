import Dispatch
import Postgres
import Synchronization
import TestKit
import Testing

@Suite(.timeLimit(.minutes(2)))
struct PostgresPoolTests {
  private static let connections = 8

  /// The one that has just finished may not be idle yet: then it is the next.
  @Test func whoAsksAlwaysOneThingAtATimeUsesFewConnections() async throws {
    try await Self.withPool { pool in
      var used: Set<Int32> = []
      for _ in 0..<200 { used.insert(try await pool.withConnection(Self.process)) }
      #expect(used.count < Self.connections)
    }
  }

  @Test func asManyWorkAtOnceAsThereAreConnections() async throws {
    try await Self.withPool { pool in
      for _ in 0..<50 {
        let used = try await Self.together(pool)
        #expect(used.count == Self.connections)
      }
    }
  }

  @Test func nothingIsLeftLyingHoweverManyAsk() async throws {
    try await Self.withPool { pool in
      let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
        for number in 0..<2_000 {
          group.addTask {
            try await pool.withConnection { try $0.execute("select $1", [.int8(Int64(number))])[0].int8(0) }
          }
        }
        return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
      }
      #expect(numbers.count == 2_000)
    }
  }

  @Test func itEndsWhatItWasGivenAndTakesNothingMore() async throws {
    try await Self.withPool { pool in
      let (ended, ending) = AsyncStream.makeStream(of: Void.self)
      for _ in 0..<100 {
        pool.enqueue { _ in
          ending.yield()
        } onRefusal: { _ in
          Issue.record("refused")
        }
      }
      pool.shutdown()
      var count = 0
      for await _ in ended.prefix(100) { count += 1 }
      #expect(count == 100)
      await #expect(throws: PostgresError.self) { try await pool.withConnection(Self.process) }
    }
  }

  @Test func whatTheServerEndedWhileItWasIdleIsMadeAgain() async throws {
    try await Self.withPool { pool in
      let ended = try await Self.together(pool)
      try await Self.end(ended, pool.url)
      let used = try await Self.together(pool)
      #expect(used.count == Self.connections)
      #expect(used.isDisjoint(with: ended))
    }
  }

  /// Whoever has a session of its own may have had locks in it.
  @Test func aPoolOfOneTellsThatItsSessionWasEnded() async throws {
    try await Self.withPool(of: 1) { pool in
      let ended = try await pool.withConnection(Self.process)
      try await Self.end([ended], pool.url)
      await #expect(throws: PostgresError.self) { try await pool.withConnection(Self.process) }
      let used = try await pool.withConnection(Self.process)
      #expect(used != ended)
    }
  }

  private static func withPool(
    of connections: Int = connections, _ body: (PostgresPool) async throws -> Void
  ) async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      let pool = PostgresPool(url: database.url, connections: connections)
      defer { pool.shutdown() }
      try await body(pool)
    }
  }

  /// Has the server end these processes.
  private static func end(_ processes: Set<Int32>, _ url: String) async throws {
    let other = PostgresPool(url: url, connections: 1)
    defer { other.shutdown() }
    try await other.withConnection { connection in
      _ = try connection.execute(
        "select pg_terminate_backend(p, 30000) from unnest($1) as p", [.int4s(processes.sorted())])
    }
  }

  /// The server's process of a connection.
  private static let process: @Sendable (PostgresConnection) throws -> Int32 = {
    try $0.execute("select pg_backend_pid()")[0].int4(0)
  }

  /// The processes of as many pieces of work as there are connections, none of which ends before all have begun.
  private static func together(_ pool: PostgresPool) async throws -> Set<Int32> {
    let begun = Begun()
    let all = DispatchSemaphore(value: 0)
    return try await withThrowingTaskGroup(of: Int32.self) { group in
      for _ in 0..<connections {
        group.addTask {
          try await pool.withConnection { connection in
            if begun.next() == connections { for _ in 0..<connections { all.signal() } }
            guard all.wait(timeout: .now() + 30) == .success else { throw TestSetupError("not all begin") }
            return try process(connection)
          }
        }
      }
      return try await group.reduce(into: []) { $0.insert($1) }
    }
  }

  private final class Begun: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
      count.withLock { count in
        count += 1
        return count
      }
    }
  }
}
