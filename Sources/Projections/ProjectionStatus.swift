import Contracts
import EventLog
import Postgres

/// How one build that is live or being built stands against the log.
package struct ProjectionStatus: Sendable {
  package let name: String
  package let version: Int
  package let schema: String
  package let isLive: Bool
  /// Events that it passed over because they could not be applied.
  package let parked: Int64
  /// Positions of the log that it has yet to pass.
  package let behind: Int64

  /// The names of the projections that have a live build.
  package static func live(pool: PostgresPool) async throws -> Set<String> {
    try await pool.withConnection { connection in
      Set(
        try connection.execute("select name from projection.version where state = 'live'").map { $0.text(0) })
    }
  }

  package static func all(_ log: any EventLog, pool: PostgresPool) async throws -> [ProjectionStatus] {
    // Ends first: a build that moves on meanwhile is then never ahead of them.
    var ends: [TopicPartition: Int64] = [:]
    for topic in Topic.allCases {
      let found = try await log.ends(of: topic)
      for (place, end) in zip(log.layout.partitions(topic), found) {
        ends[place] = (Surroundings.isPlanted("lag-of-wrong-partition") ? found[0] : end).rawValue
      }
    }
    return try await pool.withTransaction { [layout = log.layout, ends] transaction in
      try transaction.execute("select name, schema, parked from projection.status()").compactMap { row in
        let schema = row.text(1)
        let builds = try ProjectionBuild.all(row.text(0), on: transaction.connection)
        guard let build = builds.first(where: { $0.schema == schema }) else { return nil }
        let cursors = try Follower.cursors(of: build, layout: layout, on: transaction.connection)
        return ProjectionStatus(
          name: build.name,
          version: build.version,
          schema: schema,
          isLive: build.state == .live,
          parked: row.int8(2),
          behind: cursors.reduce(0) { $0 + max((ends[$1.partition] ?? 0) - $1.offset.rawValue, 0) }
        )
      }
    }
  }
}
