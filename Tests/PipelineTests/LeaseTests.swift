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

  // MARK: Dates of the server that jump

  /// Sets the dates of the stage's leases and owners off by `seconds`, as the server's date being off for a moment leaves
  /// them, or as time goes on.
  private func shift(by seconds: Double, _ pool: PostgresPool) async throws {
    try await pool.withTransaction { [name] transaction in
      try transaction.execute(
        "update stage.lease set expires_at = expires_at + make_interval(secs => $2) where stage = $1",
        [.text(name), .double(seconds)])
      try transaction.execute(
        "update stage.claimant set seen_at = seen_at + make_interval(secs => $2) where stage = $1",
        [.text(name), .double(seconds)])
    }
  }

  @Test(arguments: [3_600.0, 400_000])
  func aLeaseThatLastsUntilADateTheServerHadForAMomentRunsOutAsOthersDo(_ seconds: Double) async throws {
    try await with(owners: 2) { pool, owners in
      #expect(try await claim(owners[0], of: 2, pool).count == 2)
      try await shift(by: seconds, pool)
      // Its owner stands still from here on, and its session lives. It has the length of a lease, and counts that long.
      #expect(try await claim(owners[1], of: 2, pool).isEmpty)
      #expect(try await share(owners[1], of: 2, pool) == 1)
      try await shift(by: -16, pool)
      #expect(try await claim(owners[1], of: 2, pool) == [0: 2, 1: 2])
    }
  }

  @Test func whoeverRenewsKeepsWhatItHoldsWhenTheDateGoesBack() async throws {
    try await with(owners: 2) { pool, owners in
      let held = try await claim(owners[0], of: 2, pool)
      for renewal in [
        "select * from stage.claim($1, 2, $2, '15 s')", "select * from stage.renew($1, $2, '15 s')",
      ] {
        try await shift(by: 3_600, pool)
        try await pool.withConnection { [name] connection in
          _ = try connection.execute(renewal, [.text(name), .uuid(owners[0].id)])
          let left = try connection.execute(
            """
            select count(*) filter (where expires_at > clock_timestamp() + interval '10 s'),
              count(*) filter (where expires_at > clock_timestamp() + interval '15 s')
            from stage.lease where stage = $1
            """, [.text(name)])[0]
          #expect(left.int8(0) == 2 && left.int8(1) == 0, "\(renewal)")
        }
      }
      #expect(try await claim(owners[0], of: 2, pool) == held)
    }
  }
}
