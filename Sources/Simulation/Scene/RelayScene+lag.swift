import Contracts
import EventLog
import Foundation
import KafkaLog
import Postgres

/// What the metrics tell of the outbox, held against its rows.
extension RelayScene {
  func startLagWatch() {
    run.startProcess("watch") { [self] _ in
      let pool = PostgresPool(url: "simulated", connections: 1)
      defer { pool.shutdown() }
      while !Task.isCancelled {
        try? await Surroundings.sleep(for: .milliseconds(1_500))
        try? await lookAtBacklog(pool)
      }
    }
  }

  /// One step, in which nobody else acts: what is told is what the tables hold, row by row.
  private func lookAtBacklog(_ pool: PostgresPool) async throws {
    let (told, waiting, now) = try await pool.withConnection { [run] connection in
      let told = try OutboxBacklog.read(on: connection)
      let published = try connection.execute("select topic, partition, sequence from kafka.published")
        .reduce(into: [[Int]: Int64]()) { highest, row in
          let place = [Int(row.int2(0)), Int(row.int4(1))]
          highest[place] = max(highest[place] ?? -1, row.int8(2))
        }
      let rows = try connection.execute("select topic, partition, \"offset\", time from log.record")
      let waiting = rows.filter { $0.int8(2) > published[[Int($0.int2(0)), Int($0.int4(1))]] ?? -1 }
      return (told, waiting.map { $0.date(3) }, run.database.date)
    }
    run.world.note(.outboxLook)
    if !waiting.isEmpty { run.world.note(.outboxSeen) }
    let age = waiting.min().map { max(now.timeIntervalSince($0), 0) } ?? 0
    if told.records != Int64(waiting.count) || abs(told.seconds - age) > 0.001 {
      run.note(
        """
        of the outbox is said that \(told.records) records wait, the oldest for \(told.seconds) s; \(waiting.count) do, \
        the oldest for \(age) s
        """)
    }
  }
}
