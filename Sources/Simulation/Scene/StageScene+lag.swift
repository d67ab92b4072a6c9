import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import PostgresLog

/// What the metrics tell of stages, held against the log and the tables.
extension StageScene {
  /// Asks as a scrape does, by turns for the lag of each stage and for what waits.
  func startLagWatch() {
    run.startProcess("watch") { [self, layout = run.layout] _ in
      let pool = PostgresPool(url: "simulated", connections: 2)
      let log = PostgresLog(pool: pool, layout: layout, logger: SimulationRun.logger)
      let watched = [(StageName("ask"), Topic.inbound), (StageName("send"), Topic.conversations)]
      var turn = 0
      while !Task.isCancelled {
        // Each look costs round trips, and those are what a run costs.
        try? await Surroundings.sleep(for: .milliseconds(700))
        if turn.isMultiple(of: 3) {
          try? await lookAtBacklog(pool)
        } else {
          let (stage, topic) = watched[turn % 3 - 1]
          try? await lookAtLag(of: stage, topic, log, pool)
        }
        turn += 1
      }
      await log.close()
    }
  }

  /// What is told must have been true at some moment since it was asked: others go on between its statements.
  private func lookAtLag(
    of stage: StageName, _ topic: Topic, _ log: PostgresLog, _ pool: PostgresPool
  ) async throws {
    let before = try place(of: stage, topic)
    let lag = try await StageLag.events(stage, topic, log: log, pool: pool)
    let after = try place(of: stage, topic)
    run.world.note(.lagLook)
    if lag > 0 { run.world.note(.lagSeen) }
    if lag < max(before.end - after.passed, 0) || lag > max(after.end - before.passed, 0) {
      run.note("the lag of \(stage) is said to be \(lag), between \(before) and \(after)")
    }
  }

  /// How many records a topic has, and how many of them a stage has passed.
  private func place(of stage: StageName, _ topic: Topic) throws -> (end: Int64, passed: Int64) {
    try run.database.ask(wantsTime: false) { connection in
      let row = try connection.execute(
        """
        select
          (select count(*) from log.record where topic = $1),
          (
            select coalesce(sum(p.next), 0)::bigint from (
              select max(next_offset) as next from stage.progress where stage = $2 group by partition) as p
          )
        """, [.int2(topic.number), .text(stage.rawValue)])[0]
      return (row.int8(0), row.int8(1))
    }
  }

  /// One step, in which nobody else acts: what is told is what the table holds, row by row.
  private func lookAtBacklog(_ pool: PostgresPool) async throws {
    let (told, waiting) = try await pool.withConnection { connection in
      let told = try StageBacklog.all(on: connection)
      let rows = try connection.execute("select stage, parked_at is not null from stage.waiting")
      return (told, rows.map { (stage: StageName($0.text(0)), isParked: $0.bool(1)) })
    }
    run.world.note(.backlogLook)
    if !waiting.isEmpty { run.world.note(.backlogSeen) }
    let groups = Dictionary(grouping: waiting) {
      StageBacklog(stage: $0.stage, isParked: $0.isParked, inputs: 0)
    }
    let wanted = Set(
      groups.map {
        StageBacklog(stage: $0.key.stage, isParked: $0.key.isParked, inputs: Int64($0.value.count))
      })
    guard Set(told) != wanted || told.count != wanted.count else { return }
    func words(_ all: some Collection<StageBacklog>) -> String {
      all.map { "\($0.inputs) of \($0.stage) \($0.isParked ? "parked" : "waiting")" }.sorted()
        .joined(separator: ", ")
    }
    run.note("of what waits is said: \(words(told)); there are: \(words(wanted))")
  }
}

/// The times of events, as they follow from the ages in seconds that stages told of what they took on.
///
/// Unchecked: as the world, only touched by the world's thread.
final class AgesTold: @unchecked Sendable {
  private var times: [StageName: [Date]] = [:]

  /// A stage counts from the last whole millisecond.
  private static let grain = 0.001
  private static let tolerance = 0.000_1

  var count: Int { times.values.reduce(0) { $0 + $1.count } }

  func tell(_ stage: StageName, _ times: [Date]) { self.times[stage, default: []] += times }

  /// Each age that was told must be that of an event which the stage reads, and of each event one at most was told.
  func problems(of stage: StageName, _ events: [Date]) -> [String] {
    var left = events.sorted()[...]
    // All may be off equally far, so the earliest that fits is the right one.
    for time in (times[stage] ?? []).sorted() {
      left = left.drop { $0.timeIntervalSince(time) < -Self.grain - Self.tolerance }
      guard let event = left.popFirst(), event.timeIntervalSince(time) <= Self.tolerance else {
        return [
          "\(stage) told the age of an event at \(time.timeIntervalSince1970), which is none that it read"
        ]
      }
    }
    return []
  }
}
