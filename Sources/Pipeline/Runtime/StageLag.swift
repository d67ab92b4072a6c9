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

/// What a stage has passed and not finished: inputs that wait for an effect, a time or what stands before them, or, when
/// they are parked, for a person.
package struct StageBacklog: Sendable, Hashable {
  package let stage: StageName
  package let isParked: Bool
  package let inputs: Int64

  package init(stage: StageName, isParked: Bool, inputs: Int64) {
    self.stage = stage
    self.isParked = isParked
    self.inputs = inputs
  }

  /// Of all stages; none where nothing waits.
  package static func all(on connection: PostgresConnection) throws -> [StageBacklog] {
    try connection.execute("select stage, state, count(*) from stage.waiting_counts group by 1, 2").map {
      StageBacklog(stage: StageName($0.text(0)), isParked: $0.text(1) == "parked", inputs: $0.int8(2))
    }
  }
}
