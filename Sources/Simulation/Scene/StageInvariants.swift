import Contracts
import Foundation
import JSON
import Pipeline
import Postgres

/// What must hold when everything is handled, whatever befell the processes; and, of that, what must hold of the part
/// that is handled when not everything is. Read from the tables and from what the outside world remembers.
struct StageInvariants {
  private struct Entry {
    let place: String
    let partition: Int32
    let offset: Int64
    let id: EventID
    let type: EventType
    let key: String
    let causation: EventID?
    let source: String
    let time: Date
    let order: Order
  }

  private struct Ledger {
    let intent: Date?
    let outcome: SimulatedStage.Outcome?
  }

  private let scene: StageScene
  private let isDone: Bool
  private let entries: [Entry]
  private let ledger: [OutsideWorld.Call: Ledger]
  private let states: [String: SimulatedStage.State]
  /// How often a partition went to another owner.
  private let takeovers: Int
  /// The partitions, with their stages, that were taken from owners which had renewed their leases.
  private let stolen: [String]
  /// Before which offset everything of a partition is decided or waits, by stage and partition.
  private let passed: [String: Int64]
  /// What waits, with its stage.
  private let waiting: Set<String>

  /// - Parameter isDone: whether everything is handled.
  init(_ scene: StageScene, isDone: Bool) throws {
    self.scene = scene
    self.isDone = isDone
    let rows = try scene.run.database.ask { connection in
      try connection.executeBatch(Self.tables.map { PostgresStatement($0) })
    }
    entries = try rows[0].map { row in
      let type = EventType(row.text(4))
      let event = Event(
        id: EventID(row.uuid(3)), type: type, topic: .inbound, key: StreamID(row.text(5)),
        tenant: TenantID(row.uuid(3)),
        time: row.date(8), source: "", value: row.bytes(9))
      return Entry(
        place: "\(row.int4(0))/\(row.int4(1))", partition: row.int4(1), offset: row.int8(2), id: event.id,
        type: type,
        key: row.text(5),
        causation: row.optional(6, PostgresRow.uuid).map { EventID($0) }, source: row.text(7),
        time: row.date(8),
        order: try Order(event))
    }
    ledger = try rows[1].reduce(into: [:]) { ledger, row in
      let call = OutsideWorld.Call(
        stage: StageName(row.text(0)), input: EventID(row.uuid(1)), attempt: Int(row.int4(2)))
      ledger[call] = Ledger(
        intent: row.optional(3, PostgresRow.date),
        outcome: try row.optional(4, PostgresRow.text).map {
          try JSON.decode(SimulatedStage.Outcome.self, from: Array($0.utf8))
        })
    }
    states = try rows[2].reduce(into: [:]) { states, row in
      states["\(row.text(0))/\(row.text(1))"] = try JSON.decode(
        SimulatedStage.State.self, from: row.bytes(2))
    }
    takeovers = Int(rows[3][0].int8(0))
    stolen = rows[4].map { "\($0.text(0)) in \($0.int4(1))" }
    passed = rows[5].reduce(into: [:]) { $0["\($1.text(0))/\($1.int4(1))"] = $1.int8(2) }
    waiting = Set(rows[6].map { "\($0.text(0))/\(EventID($0.uuid(1)))" })
  }

  private static let tables = [
    """
    select topic::integer, partition, "offset", id, type, key, causation, source, time, value
    from log.record order by topic, partition, "offset"
    """,
    "select stage, input, step, intent_at, outcome::text from stage.ledger",
    "select stage, key, value from stage.state",
    "select coalesce(sum(greatest(epoch - 1, 0)), 0)::bigint from stage.lease",
    "select distinct stage, partition from simulated.stolen order by 1, 2",
    "select stage, partition, max(next_offset) from stage.progress group by 1, 2",
    "select stage, id from stage.waiting",
  ]

  /// Counts what can be told only from what was left behind.
  func noteOccurrences() {
    let world = scene.run.world
    world.note(.takeover, takeovers)
    world.note(.timer, states.values.reduce(0) { $0 + $1.due.count })
    world.note(.retry, scene.outside.calls.keys.count { $0.attempt > 1 })
    world.note(.uncertain, entries.count { $0.type == Order.uncertain })
    world.note(.exhausted, entries.count { $0.type == Order.failed })
    world.note(.ageTold, scene.lags.count)
  }

  func problems() -> [String] {
    logProblems()
      + stolen.map { "the lease of \($0) was taken from an owner that lives" }
      + problems(
        of: "ask", reading: Order.asked, making: Order.answered, isOnce: false,
        parksAlone: scene.plan.parksAlone)
      + problems(of: "send", reading: Order.answered, making: Order.sent, isOnce: true, parksAlone: false)
  }

  // MARK: The log

  private func logProblems() -> [String] {
    var problems: [String] = []
    for (place, entries) in Dictionary(grouping: entries, by: \.place) {
      for (index, entry) in entries.enumerated() where entry.offset != index {
        problems.append("the log has a gap in \(place) before \(entry.offset)")
        break
      }
    }
    var counts: [EventID: Int] = [:]
    for entry in entries { counts[entry.id, default: 0] += 1 }
    for (id, count) in counts where count > 1 {
      problems.append("event \(id) stands \(count) times in the log")
    }
    for id in scene.acknowledged where counts[id] == nil {
      problems.append("event \(id) was acknowledged and is not in the log")
    }
    return problems
  }

  // MARK: A stage

  private func problems(
    of stage: String, reading type: EventType, making made: EventType, isOnce: Bool, parksAlone: Bool
  ) -> [String] {
    let inputs = entries.filter { $0.type == type }
    let outputs = Dictionary(
      grouping: entries.filter { $0.source == "/stages/\(stage)" && $0.causation != nil },
      by: { $0.causation! })
    var problems: [String] = []
    problems += scene.lags.problems(of: StageName(stage), inputs.map(\.time))
    for input in inputs {
      problems += self.problems(of: input, outputs[input.id] ?? [], stage, made, isOnce: isOnce)
    }
    for (key, inputs) in Dictionary(grouping: inputs, by: \.key) {
      let wanted = inputs.filter { !scene.waived.contains($0.id) }.map(\.order)
      let done = states["\(stage)/\(key)"]?.done ?? []
      if let again = done.indices.first(where: { done[..<$0].contains(done[$0]) }).map({ done[$0] }) {
        let kind = wanted.first { $0.number == again }?.kind.rawValue ?? "unasked"
        problems.append("\(stage) finished \(kind) \(again) of \(key) more than once")
        continue
      }
      let late = Set(parksAlone ? wanted.filter { $0.kind == .poison }.map(\.number) : [])
      if !isInOrder(done, wanted.map(\.number), late) {
        problems.append("\(stage) finished \(done) of \(key), not \(wanted.map(\.number))")
      }
      let keyOutputs = entries.filter { $0.source == "/stages/\(stage)" && $0.key == key }
      let numbers = keyOutputs.map {
        stage == "ask" && $0.type == made ? $0.order.number / 10 : $0.order.number
      }
      let first = numbers.enumerated().filter { $0.offset == 0 || numbers[$0.offset - 1] != $0.element }.map(
        \.element)
      if first != done { problems.append("\(stage) decided \(done) of \(key), but the log has \(first)") }
    }
    return problems
  }

  /// Whether all that was wanted is done, each in its turn except those that may come late; or a part of it, where not
  /// everything is handled.
  private func isInOrder(_ done: [Int], _ wanted: [Int], _ late: Set<Int>) -> Bool {
    let (inTurn, turns) = (done.filter { !late.contains($0) }, wanted.filter { !late.contains($0) })
    guard Set(done).isSubset(of: wanted) else { return false }
    return isDone ? inTurn == turns && done.count == wanted.count : turns.starts(with: inTurn)
  }

  private func problems(
    of input: Entry, _ outputs: [Entry], _ stage: String, _ made: EventType, isOnce: Bool
  ) -> [String] {
    let name = "\(stage) of \(input.order.kind) \(input.order.number) (\(input.key), offset \(input.offset))"
    guard !scene.waived.contains(input.id) else {
      return outputs.isEmpty ? [] : ["\(name) was waived and still has outputs"]
    }
    var problems: [String] = []
    let types = Set(outputs.map(\.type))
    let expected = types == [made] && stage == "ask" ? input.order.next.count : 1
    if outputs.isEmpty {
      let isPassed = input.offset < passed["\(stage)/\(input.partition)"] ?? 0
      if isPassed, !waiting.contains("\(stage)/\(input.id)") {
        problems.append("\(name) was passed over")
      } else if isDone {
        problems.append("\(name) has no outputs")
      }
    } else if types.count != 1 || outputs.count != expected {
      problems.append("\(name) has the outputs \(outputs.map(\.type.rawValue))")
    }
    if input.order.kind == .timer, let due = states["\(stage)/\(input.key)"]?.due["\(input.order.number)"] {
      for output in outputs where output.time < due { problems.append("\(name) fired before its time") }
      if scene.interruptions == 0, let output = outputs.first {
        let late = output.time.timeIntervalSince(due)
        if late > lateness(from: due, to: output.time) { problems.append("\(name) fired \(late) s late") }
      }
    }
    guard input.order.kind == .call else { return problems }
    let failures = input.order.failures
    // An attempt that was interrupted counts, and the next one may succeed.
    if types == [made], failures >= SimulatedStage.attempts, scene.interruptions == 0 {
      problems.append("\(name) made up a success")
    }
    if types == [Order.failed], failures == 0, scene.interruptions == 0 {
      problems.append("\(name) made up a failure")
    }
    return problems + effectProblems(of: input, types, stage, name, isOnce: isOnce)
  }

  /// How late a timer may be that nobody interrupted, in seconds: for as long as the database took over what was asked
  /// meanwhile, and for two calls where it may have waited because as many ran as may.
  private func lateness(from due: Date, to fired: Date) -> Double {
    let delays = scene.run.world.delays.filter { $0.at > due.addingTimeInterval(-3) && $0.at <= fired }
    let waiting: Duration = scene.leastRunning < scene.plan.keys ? SimulatedStage.timeout * 2 : .zero
    let slow: Double = delays.reduce(0) { $0 + $1.seconds }
    return 1 + slow + waiting.seconds
  }

  // MARK: Effects

  private func effectProblems(
    of input: Entry, _ types: Set<EventType>, _ stage: String, _ name: String, isOnce: Bool
  ) -> [String] {
    var problems: [String] = []
    var calls = 0
    for attempt in 1...(SimulatedStage.attempts + 50) {
      let call = OutsideWorld.Call(stage: StageName(stage), input: input.id, attempt: attempt)
      let count = scene.outside.calls[call] ?? 0
      calls += count
      guard isOnce else { continue }
      let entry = ledger[call]
      if count > 1 { problems.append("\(name) was called \(count) times in attempt \(attempt)") }
      if count > 0, entry?.intent == nil { problems.append("\(name) was called without an intent") }
      // Where not everything is handled, it may be on its way.
      let isHandled = isDone || !types.isEmpty
      if let entry, entry.intent != nil, entry.outcome == nil, isHandled, types != [Order.uncertain] {
        problems.append("\(name) has an intent of which nothing became")
      }
      if entry?.outcome == nil, scene.outside.learned.contains(call) {
        problems.append("\(name): the outcome of attempt \(attempt) was learned and not recorded")
      }
    }
    if isOnce {
      let failed = ledger.count {
        $0.key.stage.rawValue == stage && $0.key.input == input.id && $0.value.outcome == .failed
      }
      if calls > failed + 1 { problems.append("\(name) was called \(calls) times after \(failed) failures") }
      if types == [Order.uncertain] { problems += uncertaintyProblems(of: input, stage, name) }
    } else if calls > min(input.order.failures + 1, SimulatedStage.attempts) + scene.interruptions {
      problems.append("\(name) was called \(calls) times with \(scene.interruptions) interruptions")
    }
    return problems
  }

  /// A send is uncertain only once nobody can record its outcome any more.
  private func uncertaintyProblems(of input: Entry, _ stage: String, _ name: String) -> [String] {
    if scene.interruptions == 0 { return ["\(name) is uncertain although nothing befell anybody"] }
    let last = ledger.filter { $0.key.stage.rawValue == stage && $0.key.input == input.id }.compactMap(
      \.value.intent
    ).max()
    let output = entries.first { $0.causation == input.id && $0.type == Order.uncertain }
    guard let last, let output else { return ["\(name) is uncertain without an intent"] }
    let limit = SimulatedStage.timeout + SimulatedStage.grace
    return output.time.timeIntervalSince(last) < limit / .seconds(1) - 0.01
      ? ["\(name) was declared uncertain after \(output.time.timeIntervalSince(last)) s"] : []
  }
}
