import Contracts
import EventLog
import Foundation
import Postgres
import PostgresLog
import Projections

/// What the metrics tell of projections, held against the log.
extension ProjectionScene {
  private struct Place: CustomStringConvertible {
    let end: Int64
    /// What a build has passed, by its schema.
    let passed: [String: Int64]

    var description: String { "\(end) records, of which were passed \(passed)" }
  }

  func startLagWatch() {
    run.startProcess("watch") { [self, layout = run.layout] _ in
      let pool = PostgresPool(url: "simulated", connections: 1)
      let log = PostgresLog(pool: pool, layout: layout, logger: SimulationRun.logger)
      while !Task.isCancelled {
        try? await Surroundings.sleep(for: .milliseconds(2_000))
        try? await lookAtLag(log, pool)
      }
      await log.close()
    }
  }

  /// What is told must have been true at some moment since it was asked: others go on between its statements. Of a build
  /// that was made or ended meanwhile nothing is said here.
  private func lookAtLag(_ log: PostgresLog, _ pool: PostgresPool) async throws {
    let before = try place()
    let told = try await ProjectionStatus.all(log, pool: pool)
    let after = try place()
    for status in told {
      guard let early = before.passed[status.schema], let late = after.passed[status.schema] else { continue }
      run.world.note(.projectionLagLook)
      if status.behind > 0 { run.world.note(.projectionLagSeen) }
      if status.behind < max(before.end - late, 0) || status.behind > max(after.end - early, 0) {
        run.note("\(status.schema) is said to be \(status.behind) behind, between \(before) and \(after)")
      }
    }
  }

  /// How much there is to read for the projection, and how far each build has come.
  private func place() throws -> Place {
    try run.database.ask { connection in
      let rows = try connection.execute(
        """
        select
          v.schema, (select count(*) from log.record where topic = $1),
          (
            select coalesce(sum(p.next), 0)::bigint from (
              select max("offset") as next from projection.progress
              where schema = v.schema and topic = $1 group by partition) as p
          )
        from projection.version as v
        where v.state in ('live', 'building')
        """, [.int2(Topic.conversations.number)])
      return Place(
        end: rows.first?.int8(1) ?? 0,
        passed: rows.reduce(into: [:]) { $0[$1.text(0)] = $1.int8(2) })
    }
  }
}
