import Foundation
import Postgres

/// A fault that is built in on purpose, so that what finds faults is itself tested.
///
/// Those in SQL are changes of shipped files, made within the run's transaction, which is rolled back; those in Swift
/// are asked for where a simulated process runs (`Surroundings.isPlanted`). Nothing but a simulation leads to either.
package struct PlantedBug: Sendable {
  package let name: String
  /// What is wrong.
  package let says: String
  /// What the problem that it has to lead to says; "…" stands for any text.
  private let shows: String
  /// Within how many seeds, from 1 on, it is found.
  package let seeds: Int
  let scene: SceneKind
  private let changes: [Change]

  /// A text that a shipped file holds, and what stands there instead.
  private struct Change {
    let file: String
    let old: String
    let new: String
  }

  private init(
    _ name: String, _ says: String, shows: String, seeds: Int, in scene: SceneKind = .stages,
    _ changes: [(file: String, old: String, new: String)] = []
  ) {
    self.name = name
    self.says = says
    self.shows = shows
    self.seeds = seeds
    self.scene = scene
    self.changes = changes.map { Change(file: $0.file, old: $0.old, new: $0.new) }
  }

  package static func named(_ name: String) -> PlantedBug? { all.first { $0.name == name } }

  /// Of the problems of a run the first that tells of this fault and not of what else it may bring about; nil when none
  /// does.
  package func shown(by problems: [String]) -> String? {
    problems.first { Self.fits($0, shows) }
  }

  /// Whether a text holds the parts of `sign` between "…", one after the other.
  private static func fits(_ text: String, _ sign: String) -> Bool {
    var rest = text[...]
    for part in sign.split(separator: "…") {
      guard let found = rest.range(of: part.trimmingCharacters(in: .whitespaces)) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }

  /// Runs the changed files.
  func plant(on connection: PostgresConnection, home: Home) throws {
    for (file, changes) in Dictionary(grouping: changes, by: \.file).sorted(by: { $0.key < $1.key }) {
      var text = try String(contentsOf: home.folder("schemas/\(file)"), encoding: .utf8)
      for change in changes {
        guard text.contains(change.old) else {
          throw SimulationError("\(name): \(file) does not hold '\(change.old)' any more")
        }
        text = text.replacingOccurrences(of: change.old, with: change.new)
      }
      try connection.executeScript(text)
    }
  }
}

package struct SimulationError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

extension PlantedBug {
  package static let all: [PlantedBug] = [
    PlantedBug(
      "epoch-unchecked", "a stage's transaction does not look whose lease it is",
      shows: "was called … times in attempt", seeds: 40, in: .contested,
      [("stage/11_fence.sql", "where l.owner = me and l.epoch = g.epoch", "where true")]),
    PlantedBug(
      "lease-stolen", "a lease is taken from an owner who renews it",
      shows: "was taken from an owner that lives", seeds: 80,
      [
        (
          "stage/10_lease.sql", "(l.expires_at <= clock_timestamp() or stage.session_is_gone(o.session))",
          "true"
        )
      ]),
    PlantedBug(
      "orphans-never-due", "what a dead owner left running is not taken up",
      shows: "does not come to its end … in hand", seeds: 40,
      [("stage/10_lease.sql", "and w.due_at is null and w.parked_reason is null", "and false")]),
    PlantedBug(
      "orphans-due-by-date", "what a dead owner left running is due when the server's date says so",
      shows: "does not come to its end … due in", seeds: 100,
      [
        (
          "stage/10_lease.sql", "update stage.waiting as w set due_at = 'epoch'",
          "update stage.waiting as w set due_at = clock_timestamp()"
        )
      ]),
    PlantedBug(
      "duplicate-taken", "an event that is in the log already is appended again",
      shows: "stands … times in the log", seeds: 10,
      [
        ("log/10_append.sql", "where r.id = any (ids)", "where false"),
        (
          "log/00_tables.sql", "-- Values are sealed",
          "alter table log.record drop constraint if exists record_id_key;\n-- Values are sealed"
        ),
      ]),
    PlantedBug(
      "record-skipped", "a reader passes over the first record of what it asked for",
      shows: "was passed over", seeds: 10,
      [("log/11_read.sql", "r.\"offset\" >= s.first", "r.\"offset\" >= s.first + sign(s.first)")]),
    PlantedBug(
      "waiting-overtaken", "a new input does not queue behind those of its key that wait",
      shows: "finished … of … not", seeds: 10,
      [("stage/13_waiting.sql", "and not w.is_alone\n", "and false\n")]),
    PlantedBug(
      "queue-reversed", "what waits is taken from the wrong end", shows: "finished … of … not", seeds: 10,
      [
        (
          "stage/13_waiting.sql", "order by w.partition, w.key, w.\"offset\"\n",
          "order by w.partition, w.key, w.\"offset\" desc\n"
        )
      ]),
    PlantedBug(
      "retry-dropped", "an effect that failed is not tried again",
      shows: "does not come to its end … in hand", seeds: 10,
      [
        (
          "stage/13_waiting.sql", "attempt = t.attempt, due_at = t.due_at,",
          "attempt = t.attempt, due_at = case when t.attempt = 0 then t.due_at end,"
        )
      ]),
    PlantedBug(
      "timer-twice", "a timer that fired stays due", shows: "finished timer … more than once", seeds: 10,
      [
        (
          "stage/13_waiting.sql", "and w.\"offset\" = t.\"offset\";\nend\n$$;\n\n-- What the heads",
          "and w.\"offset\" = t.\"offset\" and w.due_at is null;\nend\n$$;\n\n-- What the heads"
        )
      ]),
    PlantedBug(
      "intent-unwritten", "a send begins without an intent in the ledger",
      shows: "was called without an intent", seeds: 5,
      [
        (
          "stage/14_ledger.sql", "from unnest(inputs, steps, tenants) as t\n",
          "from unnest(inputs, steps, tenants) as t where false\n"
        )
      ]),
    PlantedBug(
      "intent-late", "a send begins before its intent is committed, which comes with its outcome",
      shows: "began before its intent was committed", seeds: 5,
      [
        (
          "stage/14_ledger.sql", "from unnest(inputs, steps, tenants) as t\n",
          "from unnest(inputs, steps, tenants) as t where false\n"
        ),
        (
          "stage/14_ledger.sql",
          "(stage, input, step, tenant, outcome_at, outcome)\n    select of_stage, t.input, t.step, t.tenant, clock",
          """
          (stage, input, step, tenant, intent_at, outcome_at, outcome)
              select of_stage, t.input, t.step, t.tenant, clock_timestamp(), clock
          """
        ),
      ]),
    PlantedBug(
      "intent-forgotten", "what waits does not say that its send began",
      shows: "has an intent of which nothing became", seeds: 60,
      [
        (
          "stage/13_waiting.sql", "t.attempt, t.due_at, t.intent_at, t.reason,",
          "t.attempt, t.due_at, null, t.reason,"
        ),
        ("stage/13_waiting.sql", "intent_at = t.intent_at, parked_reason", "intent_at = null, parked_reason"),
      ]),
    PlantedBug(
      "uncertain-too-soon", "a send is given up before its time-out and grace",
      shows: "was declared uncertain after", seeds: 60,
      [
        (
          "stage/13_waiting.sql", "w.attempt, w.intent_at,",
          "w.attempt, w.intent_at - interval '1 h',"
        )
      ]),
    PlantedBug(
      "offset-stuck", "progress stands still while a key waits",
      shows: "does not come to its end … stands at", seeds: 20,
      [
        (
          "stage/12_progress.sql", "as t (partition, next_offset, sequence)\n    on conflict do nothing",
          """
          as t (partition, next_offset, sequence)
              where not exists (
                select from stage.waiting as w where w.stage = of_stage and w.partition = t.partition)
              on conflict do nothing
          """
        )
      ]),
    PlantedBug(
      "progress-trimmed", "trimming takes the row that counts as well", shows: "finished … more than once",
      seeds: 10,
      [("stage/12_progress.sql", "p.next_offset < last.next_offset", "p.next_offset <= last.next_offset")]),
    PlantedBug(
      "state-lost", "what a stage knows of a key is written only once", shows: "finished … of … not",
      seeds: 5,
      [("stage/15_state.sql", "do update set value = excluded.value", "do nothing")]),
    PlantedBug(
      "parked-order-lost", "a parked input that is retried loses its place", shows: "finished … of … not",
      seeds: 40,
      [
        (
          "stage/16_parked.sql", "set parked_reason = null, parked_at = null, attempt = 0,",
          """
          set "offset" = (select max(b."offset") + 1000 from stage.waiting as b), parked_reason = null, \
          parked_at = null, attempt = 0,
          """
        )
      ]),
    PlantedBug(
      "waived-blocks", "what waited behind a waived input is not woken",
      shows: "does not come to its end … in hand", seeds: 100,
      [
        (
          "stage/16_parked.sql", "update stage.waiting as w set due_at = 'epoch'",
          "update stage.waiting as w set due_at = null"
        )
      ]),
    PlantedBug(
      "effects-unbounded", "more effects run than may", shows: "effects of … run, at most", seeds: 10),
    PlantedBug(
      "tail-untrimmed", "what the tail of the log holds has no bound",
      shows: "a tail of the log holds … at most",
      seeds: 10),
    PlantedBug(
      "relay-unbounded", "a relay takes up whatever waits", shows: "a relay has … under way, at most",
      seeds: 20,
      in: .relay),
    PlantedBug(
      "batch-unbounded", "a projection takes up whatever there is", shows: "a projection held … at most",
      seeds: 20, in: .projection),
    PlantedBug(
      "lag-of-one-partition", "the lag of a stage leaves partitions out", shows: "the lag of … is said to be",
      seeds: 10),
    PlantedBug(
      "backlog-without-parked", "what waits for a person is left out of what waits",
      shows: "of what waits is said", seeds: 20,
      [("stage/19_counts.sql", "from stage.waiting;", "from stage.waiting where parked_reason is null;")]),
    PlantedBug(
      "outbox-age-of-newest", "how long the outbox has waited is told of its newest record",
      shows: "of the outbox is said", seeds: 20,
      in: .relay, [("kafka/13_backlog.sql", "min(r.time)", "max(r.time)")]),
    PlantedBug(
      "lag-of-wrong-partition", "the lag of a projection is told from another partition's end",
      shows: "is said to be … behind, between", seeds: 20,
      in: .projection),
    PlantedBug(
      "outcome-unrecorded", "an outcome is dropped when the lease is lost meanwhile",
      shows: "was learned and not recorded", seeds: 200),
    PlantedBug(
      "settled-unacknowledged", "the outbox drops a row that was not acknowledged yet",
      shows: "was committed and is not in Kafka", seeds: 20, in: .relay,
      [("kafka/15_settle.sql", "r.\"offset\" < d.last;", "r.\"offset\" <= d.last + 1;")]),
    PlantedBug(
      "relay-skips", "a relay that takes over passes over the first row that was not published",
      shows: "was committed and is not in Kafka", seeds: 20,
      in: .relay, [("kafka/11_unpublished.sql", "select k.sequence + 1", "select k.sequence + 2")]),
    PlantedBug(
      "build-unfenced", "whoever lost the lease of a build goes on writing",
      shows: "the read model is … the log says", seeds: 120, in: .projection,
      [
        ("projection/21_fence.sql", "l.schema = of_schema and l.epoch = of_epoch", "l.schema = of_schema"),
        (
          "projection/30_begin_batch.sql", "l.schema = of_schema and l.epoch = of_epoch",
          "l.schema = of_schema"
        ),
      ]),
    PlantedBug(
      "swapped-too-soon", "a rebuild is made live before it has caught up", shows: "a reader saw … and then",
      seeds: 40, in: .projection),
  ]
}
