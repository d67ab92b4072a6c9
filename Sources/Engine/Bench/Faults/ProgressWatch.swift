import Contracts
import Foundation
import Postgres

/// Notes how far stages and projections have come, whenever that changes: whatever befalls them, it never goes back.
struct ProgressWatch: Sendable {
  let url: String
  let history: History

  /// Until it is cancelled.
  func run() async throws {
    let pool = PostgresPool(url: url, connections: 1, name: "aigentable-bench-progress")
    defer { pool.shutdown() }
    var last: [String: [Int32: Int64]] = [:]
    while true {
      // Its session may have been ended, or the server.
      for (process, offsets) in (try? await reached(pool)) ?? [:] where last[process] != offsets {
        last[process] = offsets
        history.commit(process, offsets.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  private func reached(_ pool: PostgresPool) async throws -> [String: [Int32: Int64]] {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select 'stage ' || stage, partition, max(next_offset) from stage.progress group by stage, partition
        union all
        select 'projection ' || schema || ', topic ' || topic, partition, max("offset")
        from projection.progress group by schema, topic, partition
        """
      ).reduce(into: [:]) { $0[$1.text(0), default: [:]][$1.int4(1)] = $1.int8(2) }
    }
  }
}
