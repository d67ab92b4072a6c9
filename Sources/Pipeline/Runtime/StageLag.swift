import Contracts
import EventLog
import Postgres

/// How far a stage is behind the log.
package enum StageLag {
  /// Events that the log holds and the stage has not passed. The ends are asked for first, so that progress made
  /// meanwhile does not count as negative.
  package static func events(
    _ stage: StageName, _ topic: Topic, log: any EventLog, pool: PostgresPool
  ) async throws -> Int64 {
    let ends = try await log.ends(of: topic)
    let passed = try await pool.withConnection { connection in
      try connection.execute(
        "select partition, max(next_offset) from stage.progress where stage = $1 group by 1",
        [.text(stage.rawValue)]
      ).reduce(into: [Int: Int64]()) { $0[Int($1.int4(0))] = $1.int8(1) }
    }
    let counted = Surroundings.isPlanted("lag-of-one-partition") ? 1 : ends.count
    return ends.prefix(counted).enumerated().reduce(0) {
      $0 + max($1.element.rawValue - (passed[$1.offset] ?? 0), 0)
    }
  }
}
