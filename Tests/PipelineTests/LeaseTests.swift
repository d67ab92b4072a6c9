import Contracts
import Foundation
import Pipeline
import Postgres
import TestKit
import Testing

@Suite struct LeaseTests {
  private let name = "some-stage"

  private func with(
    owners count: Int, _ body: (PostgresPool, [StageOwner]) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      let owners = (0..<count).map { _ in StageOwner(url: database.url) }
      for owner in owners { try await owner.heartbeat() }
      let result: Result<Void, any Error>
      do { result = .success(try await body(database.pool, owners)) } catch { result = .failure(error) }
      for owner in owners { owner.close() }
      try result.get()
    }
  }

  private func claim(_ owner: StageOwner, of count: Int, _ pool: PostgresPool) async throws -> [Int32: Int64]
  {
    try await pool.withConnection { [name] connection in
      Dictionary(
        uniqueKeysWithValues: try connection.execute(
          "select partition, epoch from stage.claim($1, $2, $3, '15 s')",
          [.text(name), .int4(Int32(count)), .uuid(owner.id)]
        ).map { ($0.int4(0), $0.int8(1)) })
    }
  }

  private func share(_ owner: StageOwner, of count: Int, _ pool: PostgresPool) async throws -> Int {
    try await pool.withConnection { [name] connection in
      Int(
        try connection.execute(
          "select stage.share($1, $2, $3, '15 s')", [.text(name), .int4(Int32(count)), .uuid(owner.id)])[0]
          .int4(0))
    }
  }

  private func release(_ owner: StageOwner, _ partitions: [Int32], _ pool: PostgresPool) async throws {
    try await pool.withConnection { [name] connection in
      _ = try connection.execute(
        "select stage.release($1, $2, $3)", [.text(name), .uuid(owner.id), .int4s(partitions)])
    }
  }

  /// Claims in turn, giving up what exceeds the shares, until nothing moves.
  private func settle(_ owners: [StageOwner], of count: Int, _ pool: PostgresPool) async throws -> [Int] {
    var before: [[Int32: Int64]] = []
    for _ in 0..<10 {
      var held: [[Int32: Int64]] = []
      for owner in owners {
        let mine = try await claim(owner, of: count, pool)
        let surplus = mine.count - (try await share(owner, of: count, pool))
        if surplus > 0 { try await release(owner, Array(mine.keys.sorted().prefix(surplus)), pool) }
        held.append(mine)
      }
      if held == before { return held.map(\.count).sorted(by: >) }
      before = held
    }
    throw TestSetupError("partitions keep moving: \(before)")
  }

  @Test func sharesAreEvenAndEpochsRestOnceTheyAre() async throws {
    try await with(owners: 3) { pool, owners in
      #expect(try await settle(Array(owners.prefix(1)), of: 8, pool) == [8])
      #expect(try await settle(Array(owners.prefix(2)), of: 8, pool) == [4, 4])
      #expect(try await settle(owners, of: 8, pool) == [3, 3, 2])
      let epochs = try await claim(owners[0], of: 8, pool)
      _ = try await settle(owners.reversed(), of: 8, pool)
      #expect(try await claim(owners[0], of: 8, pool) == epochs)
    }
  }

  @Test func nobodyStaysWithoutAPartitionWhileAnotherHasTwo() async throws {
    try await with(owners: 3) { pool, owners in
      let two = try await settle(Array(owners.prefix(2)), of: 4, pool)
      #expect(two == [2, 2])
      let three = try await settle(owners, of: 4, pool)
      #expect(three == [2, 1, 1])
    }
  }

  @Test func anOwnerThatLeftOrWasNotSeenOrWhoseSessionIsGoneDoesNotCount() async throws {
    try await with(owners: 4) { pool, owners in
      #expect(try await settle(owners, of: 8, pool) == [2, 2, 2, 2])
      try await pool.withConnection { [name] connection in
        _ = try connection.execute("select stage.leave($1, $2)", [.text(name), .uuid(owners[1].id)])
        _ = try connection.execute(
          "update stage.claimant set seen_at = clock_timestamp() - interval '16 s' where owner = $1",
          [.uuid(owners[2].id)])
      }
      #expect(try await share(owners[0], of: 8, pool) == 4)
      owners[3].close()
      try await eventually("the session is gone") {
        try await share(owners[0], of: 8, pool) == 8 ? true : nil
      }
      // Those that left or were not seen keep what they hold until they release it or it runs out.
      #expect(try await claim(owners[0], of: 8, pool).count == 4)
    }
  }

  @Test func ownersOfAnotherStageDoNotCount() async throws {
    try await with(owners: 2) { pool, owners in
      _ = try await pool.withConnection {
        try $0.execute("select stage.claim('another', 8, $1, '15 s')", [.uuid(owners[1].id)]).count
      }
      #expect(try await settle([owners[0]], of: 8, pool) == [8])
    }
  }
}
