import Contracts
import EventLog
import Foundation
import JSON
import Logging
import Postgres

/// The memory of a running stage between its transactions: what it holds, how far it has read, what runs.
/// Nothing here is needed after a crash.
struct StageLoop<S: Stage> {
  let stage: S
  let environment: StageEnvironment
  private var leases: Leases
  private let mailbox: StageMailbox<S.Outcome>
  private let maximumRunning: Int
  private var running: Set<StreamKey> = []
  private var reached: [Partition: Reached] = [:]
  /// Heads were left due because too many effects run.
  private var hasBacklog = false
  private(set) var mustReopenReader = true
  private(set) var nextDue: Date?
  private var timerAt: Date?

  init(
    stage: S, environment: StageEnvironment, leases: Leases, mailbox: StageMailbox<S.Outcome>,
    maximumRunning: Int
  ) {
    self.stage = stage
    self.environment = environment
    self.leases = leases
    self.mailbox = mailbox
    self.maximumRunning = maximumRunning
  }

  /// Where reading starts: what is stored, for the partitions that are held now.
  mutating func cursors() async throws -> [Cursor] {
    let (stage, leases, owner) = (stage.name, leases, environment.owner.id)
    let stored = try await environment.pool.withTransaction { transaction in
      try StageStatements(stage: stage, transaction: transaction).fence(leases, owner: owner)
    }
    guard let stored else { throw StageError.leaseLost(stage) }
    reached = stored
    mustReopenReader = false
    return stored.map {
      Cursor(TopicPartition(self.stage.topic, $0.key), $0.value.offset, sequence: $0.value.sequence)
    }
  }

  /// Commits what there is to do, trying again while the database or the log is away, and returns the effects
  /// to begin.
  mutating func handle(
    _ contents: StageMailbox<S.Outcome>.Contents
  ) async throws -> [StartedEffect<S.Effect>] {
    if let changed = contents.leases { try take(changed) }
    var work = StageWork<S.Outcome>(batch: contents.batch ?? .init(), finished: contents.finished)
    let looksForDue = contents.isDue || (hasBacklog && !contents.finished.isEmpty)
    if contents.isDue { timerAt = nil }
    var started: [StartedEffect<S.Effect>] = []
    var backoff = Backoff()
    var isIsolating = false
    while true {
      do {
        if looksForDue { work.due = try await due(freeing: work.finished.count) }
        guard !work.isEmpty else { break }
        let progress = try await commit(work, isIsolating: isIsolating)
        for finished in work.finished { running.remove(finished.key) }
        started = progress.effects
        for effect in started { running.insert(effect.key) }
        for (partition, next) in work.batch.next { reached[partition] = next }
        if let due = progress.nextDue { nextDue = min(nextDue ?? due, due) }
        break
      } catch let error as PostgresError where error.isRetriable {
        environment.logger.debug("stage waits for postgres", metadata: ["why": "\(error)"])
      } catch let error as EventLogError where error.isRetriable {
        environment.logger.debug("stage waits for the log", metadata: ["why": "\(error)"])
      } catch let error as PostgresError where !isIsolating && error.sqlState != nil {
        environment.logger.warning(
          "stage isolates what the database refuses",
          metadata: ["stage": "\(stage.name)", "why": "\(error)"])
        isIsolating = true
        continue
      } catch StageError.leaseLost(let name) {
        await recordOutcomes(work.finished)
        throw StageError.leaseLost(name)
      }
      try await Task.sleep(for: backoff.next())
    }
    return started
  }

  /// How long a timer for `due` must sleep; nil when one that is early enough runs already.
  mutating func timerToStart(for due: Date) -> Duration? {
    if let timerAt, timerAt <= due { return nil }
    timerAt = due
    nextDue = nil
    return .seconds(max(0, due.timeIntervalSince(environment.now())))
  }

  private mutating func take(_ changed: Leases) throws {
    for (partition, epoch) in leases.epochs where changed.epochs[partition] != epoch {
      throw StageError.leaseLost(stage.name)
    }
    leases = changed
    mustReopenReader = true
    // New partitions may have heads that their last owner left.
    mailbox.signalDue()
  }

  private mutating func due(freeing: Int) async throws -> [StreamKey] {
    let free = max(0, maximumRunning - running.count + freeing)
    let (name, partitions, now) = (stage.name, leases.partitions, environment.now())
    let limit = min(free, 500)
    let (keys, next) = try await environment.pool.withConnection { connection in
      let parameters: [PostgresParameter] = [.text(name.rawValue), .int4s(partitions.map(\.rawValue))]
      let rows = try connection.execute(
        "select partition, key from stage.due($1, $2, $3, $4)",
        parameters + [.timestamp(now), .int4(Int32(limit))])
      let keys = rows.map { StreamKey(partition: Partition($0.int4(0)), key: StreamID($0.text(1))) }
      let next = try connection.execute("select stage.next_due($1, $2)", parameters)
      return (keys, next[0].optional(0, PostgresRow.date))
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
    let directory = try await environment.directory.catchUp()
    let context = StageContext(
      directory: directory, keyring: environment.keyring, now: environment.now().truncatedToMilliseconds)
    let finishing = Set(work.finished.map(\.key))
    let transaction = StageTransaction(
      stage: stage, log: environment.log, context: context, leases: leases, owner: environment.owner.id,
      running: running.subtracting(finishing), isIsolating: isIsolating)
    let clock = ContinuousClock()
    let start = clock.now
    let progress = try await environment.pool.withTransaction { try transaction.run(work, in: $0) }
    environment.report(
      StageReport(
        stage: stage.name, inputs: progress.handled, outputs: progress.outputs, parked: progress.parked,
        running: running.count, ages: progress.ages, transactionSeconds: (clock.now - start).seconds))
    return progress
  }

  /// The lease is gone, but what the effects came to is known here and to nobody else.
  private func recordOutcomes(_ finished: [Finished<S.Outcome>]) async {
    guard case .once = stage.effects, !finished.isEmpty else { return }
    let stage = stage
    do {
      try await environment.pool.withTransaction { transaction in
        try StageStatements(stage: stage.name, transaction: transaction).record(
          finished.map {
            (
              LedgerEntry(input: $0.input, step: $0.attempt, tenant: $0.tenant),
              try JSON.encode(stage.ledgerForm($0.outcome))
            )
          })
      }
    } catch {
      environment.logger.error(
        "outcomes could not be recorded", metadata: ["stage": "\(stage.name)", "why": "\(error)"])
    }
  }
}
