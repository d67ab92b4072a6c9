import Contracts
import EventLog
import Foundation
import Keyring
import Logging
import Postgres
import Synchronization

/// What the runtime of every stage stands on.
package struct StageEnvironment: Sendable {
  package let log: any EventLog
  package let pool: PostgresPool
  package let owner: StageOwner
  package let keyring: Keyring
  package let directory: Directory
  package let logger: Logger
  package let report: @Sendable (StageReport) -> Void
  package let now: @Sendable () -> Date

  package init(
    log: any EventLog, pool: PostgresPool, owner: StageOwner, keyring: Keyring, directory: Directory,
    logger: Logger, report: @escaping @Sendable (StageReport) -> Void = { _ in },
    now: @escaping @Sendable () -> Date = { Surroundings.date }
  ) {
    self.log = log
    self.pool = pool
    self.owner = owner
    self.keyring = keyring
    self.directory = directory
    self.logger = logger
    self.report = report
    self.now = now
  }
}

/// What one committed transaction of a stage did, for the metrics.
package struct StageReport: Sendable {
  package let stage: StageName
  package let inputs: Int
  package let outputs: Int
  package let parked: Int
  package let running: Int
  /// Seconds from each input's time to its handling.
  package let ages: [Double]
  package let transactionSeconds: Double
}

/// Runs one stage on the partitions that this process holds, until it is cancelled.
///
/// Bounds: `batchLimit` records are in hand, `maximumRunning` effects run; what exceeds them stays in the log
/// or in `stage.waiting`.
package struct StageRunner<S: Stage, P: EffectPerformer>: Sendable
where P.Effect == S.Effect, P.Outcome == S.Outcome {
  private let stage: S
  private let performer: P
  private let environment: StageEnvironment
  private let maximumRunning: Int
  private let batchLimit: Int
  private let patience: Duration

  /// How far apart transactions begin: each costs the same, however little it takes on, so what arrives
  /// meanwhile shares the next. Where one takes long, the processors are busy: fewer and larger ones do more.
  private static func pause(after taken: Duration) -> Duration {
    max(.milliseconds(5), min(taken, .milliseconds(20)))
  }

  /// - Parameter patience: how long running effects may go on when the run is cancelled, or when their
  ///   partition is given up to another owner.
  package init(
    _ stage: S, performer: P, environment: StageEnvironment, maximumRunning: Int = 1_000,
    batchLimit: Int = 500, patience: Duration = .seconds(10)
  ) {
    self.stage = stage
    self.performer = performer
    self.environment = environment
    self.maximumRunning = maximumRunning
    self.batchLimit = batchLimit
    self.patience = patience
  }

  /// Works until cancelled; then begins nothing more, waits for what runs, commits what came of it, gives the
  /// leases back and throws `CancellationError`. After any other error it starts over from what is stored.
  package func run() async throws {
    var backoff = Backoff()
    while true {
      let start = Surroundings.now
      do {
        // What an earlier run left running falls due only under new epochs.
        try await table.giveBack()
        try await work()
      } catch let error where !Task.isCancelled {
        environment.logger.warning(
          "stage starts over", metadata: ["stage": "\(stage.name)", "why": "\(error)"])
      } catch {}
      if Task.isCancelled {
        // A task of its own, because this one is cancelled. What cannot be given back runs out.
        try? await Task(executorPreference: Surroundings.executor) { try await table.giveBack() }.value
        throw CancellationError()
      }
      if Surroundings.now - start > .seconds(10) { backoff.reset() }
      try await Surroundings.sleep(for: backoff.next())
    }
  }

  private var table: LeaseTable {
    LeaseTable(
      stage: stage.name, partitions: environment.log.layout.count(stage.topic), owner: environment.owner,
      pool: environment.pool)
  }

  private func work() async throws {
    let mailbox = StageMailbox<S.Outcome>()
    // Cancellation only closes the mailbox; this task is cancelled when what runs takes too long.
    let task = Task(executorPreference: Surroundings.executor) {
      try await withThrowingTaskGroup { group in
        group.addTask { try await self.loop(mailbox) }
        group.addTask {
          for await _ in mailbox.closed {}
          try await Surroundings.sleep(for: patience)
        }
        defer { group.cancelAll() }
        try await group.next()
      }
    }
    try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      mailbox.close()
    }
  }

  private func loop(_ mailbox: StageMailbox<S.Outcome>) async throws {
    var loop = StageLoop(
      stage: stage, environment: environment, maximumRunning: maximumRunning,
      keeper: LeaseKeeper(table: table, patience: patience, logger: environment.logger))
    try await withThrowingDiscardingTaskGroup { tasks in
      defer { tasks.cancelAll() }
      tasks.addTask { await self.tick(mailbox) }
      var reading: Task<Void, Never>?
      defer { reading?.cancel() }
      var failure: (any Error)?
      var next = Surroundings.now
      while !loop.hasEnded {
        do {
          if loop.mustReopenReader {
            reading?.cancel()
            await reading?.value
            mailbox.dropBatch()
            let cursors = try await loop.cursors()
            reading =
              cursors.isEmpty
              ? nil
              : Task(executorPreference: Surroundings.executor) {
                await self.read(from: cursors, into: mailbox)
              }
          }
          try await Surroundings.sleep(until: next)
          let contents = try await mailbox.take()
          let start = Surroundings.now
          let begun = try await loop.handle(contents)
          next = start + Self.pause(after: Surroundings.now - start)
          for started in begun {
            tasks.addTask { await self.perform(started, mailbox) }
          }
          if let due = loop.nextDue, let wait = loop.timerToStart(for: due) {
            tasks.addTask {
              try? await Surroundings.sleep(for: wait)
              mailbox.signalDue()
            }
          }
        } catch let error where failure == nil && !Task.isCancelled {
          failure = error
          loop.abandon()
          mailbox.close()
        }
      }
      if let failure { throw failure }
    }
  }

  private func tick(_ mailbox: StageMailbox<S.Outcome>) async {
    while !Task.isCancelled {
      mailbox.signalLook()
      try? await Surroundings.sleep(for: Leases.look)
    }
  }

  private func perform(
    _ started: StartedEffect<S.Effect>, _ mailbox: StageMailbox<S.Outcome>
  ) async {
    let outcome = await performer.perform(started.effect)
    mailbox.finish(
      Finished(
        key: started.key, offset: started.head.position.offset, input: started.head.event.id,
        tenant: started.head.event.tenant, attempt: started.attempt, outcome: outcome))
  }

  private func read(from cursors: [Cursor], into mailbox: StageMailbox<S.Outcome>) async {
    do { try await readOn(from: cursors, into: mailbox) } catch let error where !Task.isCancelled {
      mailbox.fail(error)
    } catch {}
  }

  private func readOn(from cursors: [Cursor], into mailbox: StageMailbox<S.Outcome>) async throws {
    var backoff = Backoff()
    var cursors = Dictionary(uniqueKeysWithValues: cursors.map { ($0.partition, $0) })
    while !Task.isCancelled {
      do {
        let reader = try await environment.log.reader(from: Array(cursors.values), types: stage.types)
        do {
          while true {
            let batch = try await reader.next(limit: batchLimit)
            backoff.reset()
            for cursor in batch.cursors { cursors[cursor.partition] = cursor }
            await mailbox.put(
              .init(
                records: batch.records,
                next: Dictionary(
                  uniqueKeysWithValues: batch.cursors.map {
                    ($0.partition.partition, Reached(offset: $0.offset, sequence: $0.sequence))
                  })))
          }
        } catch {
          await reader.close()
          throw error
        }
      } catch let error as EventLogError where error.isRetriable {
        environment.logger.debug("log cannot be read", metadata: ["why": "\(error)"])
        try await Surroundings.sleep(for: backoff.next())
      }
    }
  }
}
