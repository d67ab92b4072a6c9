import Contracts
import EventLog
import Foundation
import JSON
import Logging
import Postgres

/// The memory of a running stage between its transactions: what it holds, what runs. Nothing here is needed
/// after a crash.
///
/// Of generic types nothing is named by key path here: those are made anew at every use, at a cost that shows.
struct StageLoop<S: Stage> {
  let stage: S
  let environment: StageEnvironment
  let maximumRunning: Int

  private var keeper: LeaseKeeper
  private var running: Set<StreamKey> = []
  /// Their inputs, so that they need not be fetched again.
  private var heads: [StreamKey: Record] = [:]
  /// Those of them that may not be repeated.
  private var runningOnce: Set<StreamKey> = []
  /// Effects that ended and whose outcomes are not committed.
  private var finished: [Finished<S.Outcome>] = []
  /// Heads were left due because too many effects run.
  private var hasBacklog = false
  private(set) var mustReopenReader = true
  private(set) var nextDue: Date?
  private var timerAt: Date?
  /// How far partitions were read past records of other types, and since when that waits to be stored.
  private var passed: (next: [Partition: Reached], since: ContinuousClock.Instant?) = ([:], nil)

  /// For how long progress past records of other types waits for a transaction that has more to do. Whoever takes over
  /// reads them again, and passes over them again.
  private static var passing: Duration { .milliseconds(200) }

  init(stage: S, environment: StageEnvironment, maximumRunning: Int, keeper: LeaseKeeper) {
    self.stage = stage
    self.environment = environment
    self.maximumRunning = maximumRunning
    self.keeper = keeper
  }

  private var leases: Leases { keeper.leases }

  /// It was closed, and everything that ran has ended and is committed.
  var hasEnded: Bool { keeper.isClosing && running.isEmpty && leases.epochs.isEmpty }

  /// Where reading starts: what is stored, for the partitions where work is begun.
  mutating func cursors() async throws -> [Cursor] {
    passed = ([:], nil)
    return try await insist { loop in
      guard !loop.leases.working.isEmpty else {
        loop.mustReopenReader = false
        return []
      }
      let (stage, leases, owner) = (loop.stage, loop.leases, loop.environment.owner.id)
      let stored = try await loop.environment.pool.withTransaction { transaction in
        try StageStatements(stage: stage.name, transaction: transaction).fence(leases, owner: owner)
      }
      guard let stored else { throw StageError.leaseLost(stage.name) }
      loop.mustReopenReader = false
      return stored.filter { !leases.isLeaving($0.key) }.map { [topic = loop.stage.topic] in
        Cursor(topic, $0.key, $0.value)
      }
    }
  }

  /// Commits what there is to do, trying again while the database or the log is away, and returns the effects
  /// to begin.
  mutating func handle(
    _ contents: StageMailbox<S.Outcome>.Contents
  ) async throws -> [StartedEffect<S.Effect>] {
    finished += contents.finished
    if let failure = contents.failure { throw failure }
    if contents.isClosing, !keeper.isClosing {
      mustReopenReader = true
      await keeper.close()
    }
    if contents.isTimeToLook { try await look() }
    let looksForDue =
      contents.isDue || contents.isTimeToLook || (hasBacklog && !contents.finished.isEmpty)
    if contents.isDue { timerAt = nil }
    var isIsolating = false
    let started = try await insist { loop in
      do {
        return try await loop.settle(
          contents.batch, looksForDue: looksForDue, isIsolating: isIsolating)
      } catch let error as PostgresError
        where !isIsolating && !error.isRetriable && error.sqlState != nil
      {
        loop.environment.logger.warning(
          "stage isolates what the database refuses",
          metadata: ["stage": "\(loop.stage.name)", "why": "\(error)"])
        isIsolating = true
        return try await loop.settle(contents.batch, looksForDue: looksForDue, isIsolating: true)
      }
    }
    try await keeper.releaseLeft(running: running)
    return started
  }

  /// How long a timer for `due` must sleep; nil when one that is early enough runs already.
  mutating func timerToStart(for due: Date) -> Duration? {
    if let timerAt, timerAt <= due { return nil }
    timerAt = due
    nextDue = nil
    return .seconds(max(0, due.timeIntervalSince(environment.now())))
  }

  /// After a failure nothing is begun or committed; outcomes that may not be repeated are still recorded.
  mutating func abandon() {
    keeper.abandon()
    mustReopenReader = true
    heads = [:]
    running.formIntersection(runningOnce)
  }

  private mutating func look() async throws {
    if try await keeper.look(running: running) { mustReopenReader = true }
  }

  /// Tries until the database and the log are there. When a lease turns out to be lost, goes on without it.
  /// Throws where nobody knows whether a commit was made: effects that it asked for fall due only under new
  /// leases.
  private mutating func insist<R>(_ attempt: (inout Self) async throws -> R) async throws -> R {
    var backoff = Backoff()
    while true {
      do { return try await attempt(&self) } catch let error as PostgresError
        where error.isRetriable && error.code != .commitUnknown
      {
        environment.logger.debug("stage waits for postgres", metadata: ["why": "\(error)"])
      } catch let error as EventLogError where error.isRetriable {
        environment.logger.debug("stage waits for the log", metadata: ["why": "\(error)"])
      } catch StageError.directoryIsBehind {
        environment.logger.debug("the directory grows", metadata: ["stage": "\(stage.name)"])
      } catch StageError.leaseLost(let name) {
        environment.logger.warning("stage lost a lease", metadata: ["stage": "\(name)"])
        try await look()
      }
      try await Surroundings.sleep(for: backoff.next())
    }
  }

  private mutating func settle(
    _ batch: StageMailbox<S.Outcome>.Batch?, looksForDue: Bool, isIsolating: Bool
  ) async throws -> [StartedEffect<S.Effect>] {
    let held = leases.epochs
    let orphans = finished.filter { held[$0.key.partition] == nil }
    try await record(orphans)
    running.subtract(orphans.map { $0.key })
    for orphan in orphans { heads[orphan.key] = nil }
    runningOnce.subtract(orphans.map { $0.key })
    finished.removeAll { held[$0.key.partition] == nil }

    // A batch of a reader that is about to be reopened is read again.
    if mustReopenReader { passed = ([:], nil) }
    var work = StageWork(batch: mustReopenReader ? .init() : batch ?? .init(), finished: finished)
    work.batch.next.merge(passed.next) { read, _ in read }
    if looksForDue { work.due = try await due(freeing: finished.count) }
    guard !work.isEmpty, !mayWait(work) else { return [] }
    let progress = try await commit(work, isIsolating: isIsolating)
    running.subtract(finished.map { $0.key })
    for effect in finished { heads[effect.key] = nil }
    runningOnce.subtract(finished.map { $0.key })
    running.formUnion(progress.effects.map { $0.key })
    for effect in progress.effects {
      heads[effect.key] = effect.head
      if !stage.isRepeatable(effect.effect) { runningOnce.insert(effect.key) }
    }
    finished = []
    passed = ([:], nil)
    environment.log.noteProgress(
      of: stage.name.rawValue, at: work.batch.next.map { Cursor(stage.topic, $0.key, $0.value) })
    if let due = progress.nextDue { nextDue = min(nextDue ?? due, due) }
    return progress.effects
  }

  /// Where everybody's records are in one topic, most are of other types: a transaction for each batch of those would
  /// cost more than the stage's own work.
  private mutating func mayWait(_ work: StageWork<S.Outcome>) -> Bool {
    guard work.batch.records.isEmpty, work.finished.isEmpty, work.due.isEmpty else { return false }
    let since = passed.since ?? Surroundings.now
    guard Surroundings.now - since < Self.passing else { return false }
    passed = (work.batch.next, since)
    let end = environment.now().addingTimeInterval((Self.passing - (Surroundings.now - since)).seconds)
    nextDue = min(nextDue ?? end, end)
    return true
  }

  private mutating func due(freeing: Int) async throws -> [StreamKey] {
    let free = max(0, maximumRunning - running.count + freeing)
    let (name, partitions, now) = (stage.name, leases.working.keys.sorted(), environment.now())
    let limit = min(free, 500)
    guard !partitions.isEmpty else {
      hasBacklog = false
      return []
    }
    let (keys, next) = try await environment.pool.withConnection { connection in
      let parameters: [PostgresParameter] = [.text(name.rawValue), .int4s(partitions.map(\.rawValue))]
      let rows = try connection.executeBatch([
        PostgresStatement(
          "select partition, key from stage.due($1, $2, $3, $4)",
          parameters + [.timestamp(now), .int4(Int32(limit))]),
        PostgresStatement("select stage.next_due($1, $2)", parameters),
      ])
      let keys = rows[0].map { StreamKey(partition: Partition($0.int4(0)), key: StreamID($0.text(1))) }
      return (keys, rows[1][0].optional(0, PostgresRow.date))
    }
    hasBacklog = keys.count == limit
    if let next {
      // What is due already is in hand, or waits until an effect ends.
      let later = max(next, now.addingTimeInterval(hasBacklog ? 1 : 0.01))
      nextDue = min(nextDue ?? later, later)
    }
    return keys.filter { !running.contains($0) }
  }

  private func commit(
    _ work: StageWork<S.Outcome>, isIsolating: Bool
  ) async throws -> StageProgress<S.Effect> {
    // Where the transaction itself sees the ends of what the directory folds, it is not asked for them before.
    let asksInside = environment.log.endsQuery(of: .agents) != nil
    let snapshot = environment.directory.snapshot
    do {
      return try await commit(
        work, isIsolating: isIsolating, asksInside ? snapshot : environment.directory.catchUp())
    } catch StageError.directoryIsBehind {
      return try await commit(work, isIsolating: isIsolating, environment.directory.catchUp())
    }
  }

  private func commit(
    _ work: StageWork<S.Outcome>, isIsolating: Bool, _ directory: DirectorySnapshot
  ) async throws -> StageProgress<S.Effect> {
    let context = StageContext(
      directory: directory, keyring: environment.keyring, now: environment.now().truncatedToMilliseconds)
    let finishing = Set(work.finished.map { $0.key })
    let transaction = StageTransaction(
      stage: stage, log: environment.log, context: context, leases: leases, owner: environment.owner.id,
      running: running.subtracting(finishing), heads: heads.filter { finishing.contains($0.key) },
      maximumRunning: maximumRunning, isIsolating: isIsolating)
    let start = Surroundings.now
    let progress = try await environment.pool.withTransaction { try transaction.run(work, in: $0) }
    environment.report(
      StageReport(
        stage: stage.name, inputs: progress.handled, outputs: progress.outputs, parked: progress.parked,
        running: running.count, ages: progress.ages, transactionSeconds: (Surroundings.now - start).seconds))
    return progress
  }

  /// The lease is gone, but what an effect came to is known here and to nobody else. The next owner needs all of
  /// it; once nothing waits for it, what the ledger keeps of it is left.
  private func record(_ orphans: [Finished<S.Outcome>]) async throws {
    guard case .once = stage.effects, !orphans.isEmpty, !Surroundings.isPlanted("outcome-unrecorded") else {
      return
    }
    do {
      try await environment.pool.withTransaction { [stage] transaction in
        try StageStatements(stage: stage.name, transaction: transaction).recordOrphans(
          orphans.map {
            (
              LedgerEntry(input: $0.input, step: $0.attempt, tenant: $0.tenant),
              try JSON.encode($0.outcome), try JSON.encode(stage.ledgerForm($0.outcome))
            )
          })
      }
    } catch let error as PostgresError where error.code == .commitUnknown {
      // Unlike a decision, it may be tried again: what is recorded twice is recorded once.
      throw PostgresError(.unavailable, error.message)
    }
  }
}

extension Cursor {
  fileprivate init(_ topic: Topic, _ partition: Partition, _ reached: Reached) {
    self.init(TopicPartition(topic, partition), reached.offset, sequence: reached.sequence)
  }
}
