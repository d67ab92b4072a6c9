import Contracts
import EventLog
import KafkaLog
import Pipeline
import Postgres
import Projections
import Telemetry

/// What the stages and projections tell, as metrics.
struct EngineMetrics: Sendable {
  let registry = Metrics()
  private let inputs: CounterFamily
  private let outputs: CounterFamily
  private let parked: CounterFamily
  private let running: GaugeFamily
  private let ages: HistogramFamily
  private let transactions: HistogramFamily
  private let applied: CounterFamily
  private let passedOver: CounterFamily
  private let polled: CounterFamily
  private let missed: CounterFamily

  init() {
    inputs = registry.counter("aigentable_stage_inputs_total", "Events handled.", labels: ["stage"])
    outputs = registry.counter("aigentable_stage_outputs_total", "Events decided.", labels: ["stage"])
    parked = registry.counter("aigentable_stage_parked_total", "Events parked.", labels: ["stage"])
    running = registry.gauge("aigentable_stage_effects_running", "Effects under way.", labels: ["stage"])
    ages = registry.histogram(
      "aigentable_stage_lag_seconds", "From an event's time to its handling.", labels: ["stage"])
    transactions = registry.histogram(
      "aigentable_stage_transaction_seconds", "Duration of a stage's transaction.", labels: ["stage"])
    applied = registry.counter(
      "aigentable_projection_events_total", "Events applied to a projection.", labels: ["projection"])
    passedOver = registry.counter(
      "aigentable_items_passed_over_total", "What providers reported that concerns no conversation here.",
      labels: ["channel", "kind"])
    polled = registry.counter(
      "aigentable_polled_total", "What polling brought in and recorded.", labels: ["channel"])
    missed = registry.counter(
      "aigentable_search_missed_total", "Searches that went on without a part that did not answer.",
      labels: ["part"])
  }

  func report(_ report: StageReport) {
    let stage = report.stage.rawValue
    inputs[stage].add(report.inputs)
    outputs[stage].add(report.outputs)
    parked[stage].add(report.parked)
    running[stage].set(Double(report.running))
    transactions[stage].record(seconds: report.transactionSeconds)
    for age in report.ages { ages[stage].record(seconds: max(age, 0)) }
  }

  func passedOver(_ what: PassedOver, _ count: Int) {
    passedOver[what.channel.rawValue, what.kind].add(count)
  }

  func missed(_ part: String) { missed[part].add() }

  func polled(_ channel: Channel) { polled[channel.rawValue].add() }

  func applied(_ projection: String, _ result: WriteResult) { applied[projection].add(result.applied) }

  /// Gauges that are read when they are asked for.
  func watch(_ log: any EventLog, _ pool: PostgresPool, stages: [(StageName, Topic)]) {
    registry.gauge("aigentable_stage_lag_events", "Events not yet passed by a stage.", labels: ["stage"]) {
      await lag(log, pool, stages)
    }
    registry.gauge(
      "aigentable_projection_lag_events", "Events not yet passed by a projection.", labels: ["projection"]
    ) {
      let all = try? await ProjectionStatus.all(log, pool: pool)
      return (all ?? []).filter(\.isLive).map { Measured(Double($0.behind), labels: [$0.name]) }
    }
    registry.gauge(
      "aigentable_waiting", "Inputs that wait, by stage and whether parked.", labels: ["stage", "state"]
    ) {
      try await pool.withConnection { try StageBacklog.all(on: $0) }.map {
        Measured(Double($0.inputs), labels: [$0.stage.rawValue, $0.isParked ? "parked" : "waiting"])
      }
    }
    registry.gauge(
      "aigentable_ledger", "Effects of the last hour, by what is known of them.", labels: ["stage", "state"]
    ) {
      await measured(pool, "select count(*), stage, state from stage.ledger_states group by 2, 3", labels: 2)
    }
  }

  /// Accounts that are polled, by any process.
  func watchPollers(_ pool: PostgresPool) {
    registry.gauge(
      "aigentable_pollers", "Accounts that are polled, by channel and whether that succeeds.",
      labels: ["channel", "state"]
    ) {
      await measured(
        pool,
        """
        select count(*), channel, case when reason is null then 'polling' else 'failing' end as state
        from stage.poller group by 2, 3
        """, labels: 2)
    }
  }

  /// What waits to be published to Kafka, by whichever process does it.
  func watch(_ relay: OutboxRelay) {
    registry.gauge("aigentable_outbox_records", "Records that wait to be published to Kafka.") {
      [Measured(Double(try await relay.backlog().records))]
    }
    registry.gauge("aigentable_outbox_age_seconds", "How long the oldest of them has waited.") {
      [Measured(try await relay.backlog().seconds)]
    }
  }
}

private func lag(
  _ log: any EventLog, _ pool: PostgresPool, _ stages: [(StageName, Topic)]
) async -> [Measured] {
  var measured: [Measured] = []
  for (stage, topic) in stages {
    guard let behind = try? await StageLag.events(stage, topic, log: log, pool: pool) else { continue }
    measured.append(Measured(Double(behind), labels: [stage.rawValue]))
  }
  return measured
}

/// Rows of a count and its labels; nothing while the database is away.
private func measured(_ pool: PostgresPool, _ sql: String, labels: Int) async -> [Measured] {
  let rows = try? await pool.withConnection { connection in
    try connection.execute(sql).map { row in
      Measured(Double(row.int8(0)), labels: (1...labels).map { row.text($0) })
    }
  }
  return rows ?? []
}
