import Contracts
import EventLog
import Foundation
import Keyring
import Pipeline
import Postgres
import PostgresLog

/// The shipped log, stages, leases, ledger and timers in a few processes. Two stages: the first may repeat its calls,
/// the second may not.
final class StageScene: Scene, @unchecked Sendable {
  let run: SimulationRun
  let plan: StagePlan
  let outside: OutsideWorld
  /// The software can process poison.
  private(set) var isMended = false
  /// Parked inputs that were given up.
  private(set) var waived: Set<EventID> = []
  /// What the log has acknowledged.
  private(set) var acknowledged: [EventID] = []
  /// The fewest effects of one stage that some process runs at a time.
  private(set) var leastRunning = Int.max
  /// What the stages told of the ages of their inputs.
  let lags = AgesTold()
  private var started = 0
  private var isFed = false
  private let keyring: Keyring

  init(_ run: SimulationRun, _ plan: StagePlan) throws {
    self.run = run
    self.plan = plan
    outside = OutsideWorld(run)
    keyring = Keyring(
      master: try MasterKey(hexadecimal: String(repeating: "0f", count: 32), from: "simulation"))
  }

  var inputs: Int { acknowledged.count }
  var faultCount: Int { 0 }
  var interruptions: Int { run.interruptions(self) }

  func begin() {
    for _ in 0..<plan.processes { startWorker() }
    startIngress()
    startLagWatch()
  }

  // MARK: Processes

  func startWorker() {
    started += 1
    let (id, session) = (UUID.version5(of: "owner \(started)", in: .zero), Int64(started))
    let running = Int.random(in: 1...10, using: &run.world.numbers)
    let limit = Int.random(in: 1...40, using: &run.world.numbers)
    // Some tails hold next to nothing, so that readers stand before what is held.
    let tailBytes = limit.isMultiple(of: 2) ? PostgresLog.tailBytes : limit * 600
    leastRunning = min(leastRunning, running)
    run.startWorker { [self, layout = run.layout, world = run.world] process in
      let pool = PostgresPool(url: "simulated", connections: 4)
      let log = PostgresLog(
        pool: pool, layout: layout, tailBytes: tailBytes, logger: SimulationRun.logger)
      let environment = StageEnvironment(
        log: log, pool: pool, owner: StageOwner(url: "simulated", id: id, session: session),
        keyring: keyring,
        directory: Directory(log: log, pool: pool, keyring: keyring, logger: SimulationRun.logger),
        logger: SimulationRun.logger,
        report: { [self] in
          check($0, running, limit)
          check(log, tailBytes)
        }, now: { world.date })
      await withTaskGroup { group in
        for stage in [
          SimulatedStage.ask(parksAlone: plan.parksAlone) { self.isMended },
          SimulatedStage.send { self.isMended },
        ] {
          let runner = StageRunner(
            stage,
            performer: SimulatedCaller(
              stage: stage.name, isOnce: stage.isOnce, process: process, outside: outside,
              slowNumber: plan.slowNumber),
            environment: environment, maximumRunning: running, batchLimit: limit)
          group.addTask { try? await runner.run() }
        }
      }
      await log.close()
    }
  }

  /// Where the engine's inputs come from: a process that appends each until it is told that it is in the log.
  private func startIngress() {
    run.startProcess("ingress") { [self, world = run.world] _ in
      let log = PostgresLog(
        pool: PostgresPool(url: "simulated", connections: 2), layout: run.layout, logger: SimulationRun.logger
      )
      var again: [Event] = []
      for asked in plan.asked {
        try? await Surroundings.sleep(for: asked.at - world.elapsed)
        guard let value = try? asked.order.value else { continue }
        let event = run.event(
          asked.order.number, type: Order.asked, topic: .inbound, key: "key-\(asked.key)", value: value)
        await append(event, to: log)
        acknowledged.append(event.id)
        if asked.isRepeated { again.append(event) }
        if let repeated = again.randomElement(using: &world.numbers) {
          world.note(.repeated)
          await append(repeated, to: log)
        }
      }
      isFed = true
      await log.close()
    }
  }

  private func append(_ event: Event, to log: PostgresLog) async {
    while (try? await log.append([event])) == nil, !Task.isCancelled {
      try? await Surroundings.sleep(for: .milliseconds(50))
    }
  }

  private func check(_ report: StageReport, _ maximumRunning: Int, _ batchLimit: Int) {
    if report.inputs > batchLimit {
      run.note(
        "\(report.stage) took on \(report.inputs) inputs at once, at most \(batchLimit) may be in hand")
    }
    if report.running > maximumRunning {
      run.note("\(report.running) effects of \(report.stage) run, at most \(maximumRunning) may")
    }
    let began = run.world.date.addingTimeInterval(-report.transactionSeconds)
    lags.tell(report.stage, report.ages.map { began.addingTimeInterval(-$0) })
  }

  private func check(_ log: PostgresLog, _ tailBytes: Int) {
    let held = log.heldBytes
    if held > tailBytes / 2 { run.world.note(.fullTail) }
    if held > tailBytes {
      run.note("a tail of the log holds \(held) bytes, at most \(tailBytes) may be held")
    }
  }

  // MARK: The end

  /// Whether all is handled. What is parked is retried or waived once nothing else is left.
  func isDone() throws -> Bool {
    guard isFed, try unfinished().isEmpty else { return false }
    let parked = try run.database.ask { connection in
      try connection.execute("select id, tenant from stage.parked").map { ($0.uuid(0), $0.uuid(1)) }
    }
    guard !parked.isEmpty else { return true }
    if isMended {
      run.note("\(parked.count) inputs are parked although the software was mended")
      return true
    }
    isMended = true
    for (id, tenant) in parked {
      let waives = run.world.numbers.chance(0.3)
      run.world.note(.parked)
      if waives { run.world.note(.waived) }
      if waives { waived.insert(EventID(id)) }
      _ = try run.database.ask { connection in
        try connection.execute(
          waives ? "select stage.waive_parked($1, $2)" : "select stage.retry_parked($1, $2)",
          [.uuid(tenant), .uuid(id)])
      }
    }
    return false
  }

  /// What is left to be done, in words; what waits behind a parked input is not.
  func unfinished() throws -> String {
    try run.database.ask(wantsTime: false) { connection in
      let rows = try connection.executeBatch([
        PostgresStatement(Self.behind, [.int2(Topic.inbound.number), .int2(Topic.conversations.number)]),
        PostgresStatement(Self.waiting),
      ])
      let behind = rows[0].map { "\($0.text(0)) stands at \($0.int8(3)) of \($0.int8(2)) in \($0.int4(1))" }
      let waiting = rows[1].map {
        let left = $0.optional(4, PostgresRow.date)?.timeIntervalSince(run.world.date)
        let due = left.map { $0 > 0 ? "due in \($0) s" : "due" }
        // What stands at the head and is not due is whosoever's effect runs; and nobody's, when somebody forgot it.
        let state = due ?? ($0.bool(5) ? "behind others" : "in hand")
        return "\($0.text(0)) waits with \($0.text(1)) at \($0.int8(2)), attempt \($0.int4(3)), \(state)"
      }
      return (behind + waiting).prefix(6).joined(separator: "; ")
    }
  }

  private static let behind = """
    select s.stage, e.partition, e."offset", s.next
    from (values ('ask', $1::smallint), ('send', $2::smallint)) as t (stage, topic)
    cross join lateral log.ends(t.topic) as e
    cross join lateral (
      select t.stage, coalesce(max(p.next_offset), 0) as next from stage.progress as p
      where p.stage = t.stage and p.partition = e.partition
    ) as s
    where s.next < e."offset"
    """

  private static let waiting = """
    select
      w.stage, w.key, w."offset", w.attempt, w.due_at,
      exists (
        select from stage.waiting as b
        where
          b.stage = w.stage and b.partition = w.partition and b.key = w.key and not b.is_alone
          and b."offset" < w."offset")
    from stage.waiting as w
    where w.parked_reason is null and not exists (
      select from stage.waiting as b
      where
        b.stage = w.stage and b.partition = w.partition and b.key = w.key and not b.is_alone
        and b.parked_reason is not null and b."offset" < w."offset")
    order by 1, 2, 3
    """

  func problems(isDone: Bool) throws -> [String] {
    let invariants = try StageInvariants(self, isDone: isDone)
    invariants.noteOccurrences()
    return invariants.problems()
  }
}
