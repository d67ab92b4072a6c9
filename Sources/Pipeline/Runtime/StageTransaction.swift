import Contracts
import EventLog
import Foundation
import JSON
import Postgres

/// One fenced transaction of a stage: decides for every key that has something to decide, and writes outputs,
/// state, waiting rows, ledger and progress together. Doing the same work again after its commit changes
/// nothing: records below the stored progress and outcomes of heads that are gone are dropped.
struct StageTransaction<S: Stage> {
  let stage: S
  let log: any EventLog
  let context: StageContext
  let leases: Leases
  let owner: UUID
  /// Keys whose effect runs in this process now.
  let running: Set<StreamKey>
  /// The heads whose effects have ended, as they were when those began.
  let heads: [StreamKey: Record]
  /// How many effects may run.
  let maximumRunning: Int
  /// Each key is decided and written under a savepoint of its own, so that one that the database refuses is
  /// parked alone. Slower; used after a refusal.
  let isIsolating: Bool

  /// The most inputs that one turn of a key takes from its queue.
  static var turnLimit: Int { 256 }

  func run(_ work: StageWork<S.Outcome>, in transaction: Transaction) throws -> StageProgress<S.Effect> {
    let statements = StageStatements(stage: stage.name, transaction: transaction)
    let finished = Dictionary(work.finished.map { ($0.key, $0) }) { first, _ in first }
    let woken = Set(finished.keys).union(work.due).filter { finished[$0] != nil || !running.contains($0) }
    let standing = try statements.fence(
      leases, owner: owner, woken: Array(woken), heads: heads,
      others: Array(Set(work.batch.records.map(\.streamKey)).subtracting(woken)), topic: stage.topic,
      limit: Self.turnLimit, withStates: S.State.self != NoState.self, log: log)
    guard let standing else { throw StageError.leaseLost(stage.name) }
    if let known = standing.known, !context.directory.covers(known) { throw StageError.directoryIsBehind }
    try recordLate(work.finished, standing, statements)
    let reached = standing.reached
    var progress = StageProgress<S.Effect>()
    let fresh = work.batch.records.filter {
      $0.position.offset >= (reached[$0.position.partition]?.offset ?? .zero)
    }
    let turns = try gather(fresh, standing, finished, woken, statements, &progress)
    if isIsolating {
      for turn in turns.ready { try isolated(turn, standing, transaction, statements, &progress) }
    } else if !turns.ready.isEmpty {
      let writes = try decide(turns.ready, standing, transaction, &progress)
      try flush(writes, transaction, statements)
    }
    try statements.enqueue(turns.behind.map { Held(record: $0) })
    try statements.move(
      work.batch.next.filter { $0.value.offset > (reached[$0.key]?.offset ?? .zero) })
    progress.handled = fresh.count
    progress.ages = fresh.map { context.now.timeIntervalSince($0.event.time) }
    return progress
  }

  /// What an effect came to is recorded though its head waits for it no more: while the partition was another's, that
  /// one gave the effect up; then the partition came back. Nobody acts on it, and the first that was recorded stands.
  private func recordLate(
    _ finished: [Finished<S.Outcome>], _ standing: StageStatements.Standing, _ statements: StageStatements
  ) throws {
    guard case .once = stage.effects else { return }
    let late = finished.filter { finished in
      guard let head = standing.queues[finished.key]?.first, !head.isParked else { return true }
      return head.record.position.offset != finished.offset || head.attempt != finished.attempt
    }
    try statements.record(
      late.map {
        (
          LedgerEntry(input: $0.input, step: $0.attempt, tenant: $0.tenant),
          try JSON.encode(stage.ledgerForm($0.outcome))
        )
      })
  }

  // MARK: Which keys have a turn

  struct Turn {
    let key: StreamKey
    var inputs: [QueuedInput]
    var result: StageTurn<S.Outcome>.Result
    var attempts: Int
    /// The effect that `result` is of.
    var finished: LedgerEntry?
    /// Likewise, where an owner before this one recorded it.
    var recorded: LedgerEntry?

    /// What the stage sees of it.
    var asked: StageTurn<S.Outcome> {
      StageTurn(key: key.key, inputs: inputs.map(\.record), result: result, attempts: attempts)
    }
  }

  private func gather(
    _ fresh: [Record], _ standing: StageStatements.Standing, _ finished: [StreamKey: Finished<S.Outcome>],
    _ woken: Set<StreamKey>, _ statements: StageStatements, _ progress: inout StageProgress<S.Effect>
  ) throws -> (ready: [Turn], behind: [Record]) {
    var freshByKey: [StreamKey: [Record]] = [:]
    var order: [StreamKey] = []
    for record in fresh {
      let key = record.streamKey
      if freshByKey[key] == nil { order.append(key) }
      freshByKey[key, default: []].append(record)
    }
    let queues = standing.queues
    let recorded = try recordedOutcomes(of: queues, except: finished, statements)

    var ready: [Turn] = []
    var stillBusy: Set<StreamKey> = []
    for key in woken.sorted(by: { ($0.partition, $0.key.rawValue) < ($1.partition, $1.key.rawValue) }) {
      guard let queue = queues[key], let head = queue.first else { continue }
      guard
        let turn = turn(of: key, queue, head, finished[key], recorded[head.record.event.id], &progress),
        !head.isParked
      else {
        stillBusy.insert(key)
        if let until = waitForLost(head) {
          progress.nextDue = min(progress.nextDue ?? until, until)
          try statements.hold([
            Held(
              record: head.record, attempt: head.attempt, dueAt: until, intentAt: intent(of: head))
          ])
        }
        continue
      }
      ready.append(turn)
    }
    var behind: [Record] = []
    let places = Dictionary(uniqueKeysWithValues: ready.enumerated().map { ($0.element.key, $0.offset) })
    for key in order {
      let records = freshByKey[key] ?? []
      if let index = places[key], ready[index].inputs.count < Self.turnLimit {
        ready[index].inputs += records.map(QueuedInput.init(fresh:))
      } else if woken.contains(key) && queues[key] != nil || standing.busy.contains(key.key)
        || stillBusy.contains(key)
      {
        behind += records
      } else {
        ready.append(
          Turn(key: key, inputs: records.map(QueuedInput.init(fresh:)), result: .none, attempts: 0))
      }
    }
    return (ready, behind)
  }

  private func turn(
    of key: StreamKey, _ queue: [QueuedInput], _ head: QueuedInput, _ finished: Finished<S.Outcome>?,
    _ recorded: [UInt8]?, _ progress: inout StageProgress<S.Effect>
  ) -> Turn? {
    let entry = LedgerEntry(
      input: head.record.event.id, step: head.attempt, tenant: head.record.event.tenant)
    if let finished {
      // An outcome of a head that is gone was committed before, by a try whose commit looked lost.
      guard finished.offset == head.record.position.offset, finished.attempt == head.attempt else {
        return nil
      }
      return Turn(
        key: key, inputs: queue, result: .outcome(finished.outcome), attempts: head.attempt,
        finished: entry)
    }
    guard head.intentAt != nil else {
      return Turn(key: key, inputs: queue, result: .none, attempts: head.attempt)
    }
    if let recorded, let outcome = try? JSON.decode(S.Outcome.self, from: recorded) {
      return Turn(
        key: key, inputs: queue, result: .outcome(outcome), attempts: head.attempt, recorded: entry)
    }
    guard waitForLost(head) == nil else { return nil }
    return Turn(key: key, inputs: queue, result: .lost, attempts: head.attempt)
  }

  /// Until when the outcome of an effect begun by an owner that is gone may still be recorded.
  private func waitForLost(_ head: QueuedInput) -> Date? {
    guard case .once(let timeout, let grace) = stage.effects, let intent = intent(of: head) else {
      return nil
    }
    let until = intent.addingTimeInterval((timeout + grace).seconds)
    return until > context.now ? until : nil
  }

  /// When the effect began; now where that lies in the future, because its owner began while its date was ahead.
  private func intent(of head: QueuedInput) -> Date? { head.intentAt.map { min($0, context.now) } }

  private func recordedOutcomes(
    of queues: [StreamKey: [QueuedInput]], except finished: [StreamKey: Finished<S.Outcome>],
    _ statements: StageStatements
  ) throws -> [EventID: [UInt8]] {
    let asked = queues.compactMap { key, queue -> LedgerEntry? in
      guard finished[key] == nil, let head = queue.first, head.intentAt != nil else { return nil }
      return LedgerEntry(
        input: head.record.event.id, step: head.attempt, tenant: head.record.event.tenant)
    }
    return try statements.outcomes(asked)
  }

  // MARK: Deciding

  struct Writes {
    var workspace: S.Workspace?
    var outputs: [Event] = []
    var states: [(StreamID, [UInt8])] = []
    var dequeued: [Record] = []
    var enqueued: [Held] = []
    var held: [Held] = []
    var intents: [LedgerEntry] = []
    var outcomes: [(entry: LedgerEntry, outcome: [UInt8])] = []
    var settled: [(entry: LedgerEntry, outcome: [UInt8])] = []
  }

  private func decide(
    _ turns: [Turn], _ standing: StageStatements.Standing, _ transaction: Transaction,
    _ progress: inout StageProgress<S.Effect>
  ) throws -> Writes {
    var writes = Writes()
    var workspace = try stage.load(turns.map { $0.asked }, context, in: transaction)
    for turn in turns {
      let before = standing.states[turn.key.key]
      var state = try before.map { try JSON.decode(S.State.self, from: $0) } ?? stage.initialState()
      let old = state
      var decision: Decision<S.Effect>
      var remaining = turn
      var consumed = 0
      // An input that cannot be processed is parked; where it does not hold its key back, the rest goes on.
      while true {
        do {
          decision = try stage.decide(remaining.asked, state: &state, workspace: &workspace, context)
        } catch let error as PostgresError {
          throw error
        } catch {
          state = consumed == 0 ? old : state
          decision = Decision(consumed: 0, wait: .parked(reason: "\(error)"))
        }
        apply(decision, to: remaining, &writes, &progress)
        consumed += decision.consumed
        guard case .parked = decision.wait, stage.parksAlone,
          decision.consumed + 1 < remaining.inputs.count
        else { break }
        remaining.inputs.removeFirst(decision.consumed + 1)
        remaining.result = .none
        remaining.attempts = 0
        remaining.finished = nil
        remaining.recorded = nil
      }
      if S.State.self != NoState.self {
        let after = try JSON.encode(state)
        if after != before { writes.states.append((turn.key.key, after)) }
      }
    }
    writes.workspace = workspace
    return writes
  }

  private func apply(
    _ decision: Decision<S.Effect>, to turn: Turn, _ writes: inout Writes,
    _ progress: inout StageProgress<S.Effect>
  ) {
    writes.outputs += decision.outputs
    progress.outputs += decision.outputs.count
    if case .outcome(let outcome) = turn.result, let bytes = try? JSON.encode(stage.ledgerForm(outcome)) {
      if let entry = turn.finished { writes.outcomes.append((entry, bytes)) }
      if let entry = turn.recorded { writes.settled.append((entry, bytes)) }
    }
    for input in turn.inputs.prefix(decision.consumed) where input.isStored {
      writes.dequeued.append(input.record)
    }
    var rest = turn.inputs.dropFirst(decision.consumed)
    guard let head = rest.popFirst() else { return }
    let isSameHead = decision.consumed == 0
    var held = Held(record: head.record, attempt: isSameHead ? turn.attempts : 0)
    switch decision.wait {
    case .nothing: held.dueAt = context.now
    case .until(let date): held.dueAt = date
    case .retry(let date): held.dueAt = date
    case .parked(let reason):
      held.reason = reason
      held.isAlone = stage.parksAlone
      progress.parked += 1
    // Whoever has the partition next begins it.
    case .effect where leases.isLeaving(turn.key.partition): held.dueAt = context.now
    // Begun once another has ended.
    case .effect
    where running.count + progress.effects.count >= maximumRunning
      && !Surroundings.isPlanted("effects-unbounded"):
      held.dueAt = context.now
    case .effect(let effect):
      held.attempt += 1
      let entry = LedgerEntry(
        input: head.record.event.id, step: held.attempt, tenant: head.record.event.tenant)
      if !stage.isRepeatable(effect) {
        held.intentAt = context.now
        writes.intents.append(entry)
      }
      progress.effects.append(
        StartedEffect(
          key: turn.key, head: head.record, attempt: held.attempt, effect: effect))
    }
    if let due = held.dueAt { progress.nextDue = min(progress.nextDue ?? due, due) }
    if head.isStored { writes.held.append(held) } else { writes.enqueued.append(held) }
    if !(held.isAlone && stage.parksAlone) {
      writes.enqueued += rest.filter { !$0.isStored }.map { Held(record: $0.record) }
    }
  }

  private func flush(
    _ writes: Writes, _ transaction: Transaction, _ statements: StageStatements
  ) throws {
    if let workspace = writes.workspace { try stage.save(workspace, in: transaction) }
    try statements.save(writes.states)
    try statements.dequeue(writes.dequeued)
    try statements.hold(writes.held)
    try statements.enqueue(writes.enqueued)
    try statements.intend(writes.intents, at: context.now)
    try statements.record(writes.outcomes)
    try statements.settle(writes.settled)
    try log.append(writes.outputs, in: transaction)
  }

  private func isolated(
    _ turn: Turn, _ standing: StageStatements.Standing, _ transaction: Transaction,
    _ statements: StageStatements, _ progress: inout StageProgress<S.Effect>
  ) throws {
    let before = progress
    try transaction.execute("savepoint one_key")
    do {
      try flush(try decide([turn], standing, transaction, &progress), transaction, statements)
      try transaction.execute("release savepoint one_key")
    } catch let error as PostgresError where !error.isRetriable {
      progress = before
      try transaction.execute("rollback to savepoint one_key")
      var writes = Writes()
      apply(Decision(consumed: 0, wait: .parked(reason: error.message)), to: turn, &writes, &progress)
      try flush(writes, transaction, statements)
    }
  }
}

extension Record {
  var streamKey: StreamKey { StreamKey(partition: position.partition, key: event.key) }
}

extension QueuedInput {
  init(fresh record: Record) {
    self.init(record: record, isStored: false, attempt: 0, intentAt: nil, isParked: false)
  }
}

extension Duration {
  /// In seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
