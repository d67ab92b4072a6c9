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
    now: @escaping @Sendable () -> Date = { Date() }
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

  /// How far apart transactions begin: each costs the same, however little it takes on, so what arrives
  /// meanwhile shares the next.
  private static var pause: Duration { .milliseconds(10) }

  package init(
    _ stage: S, performer: P, environment: StageEnvironment, maximumRunning: Int = 1_000,
    batchLimit: Int = 500
  ) {
    self.stage = stage
    self.performer = performer
    self.environment = environment
    self.maximumRunning = maximumRunning
    self.batchLimit = batchLimit
  }

  /// Claims partitions and works until cancelled; starts over from what is stored when a lease was lost or the
  /// database refuses.
  package func run() async throws {
    var backoff = Backoff()
    while !Task.isCancelled {
      do {
        let leases = try await claim()
        backoff.reset()
        guard !leases.epochs.isEmpty else {
          // All partitions are others' for now.
          try await Task.sleep(for: Leases.renewal)
          continue
        }
        try await work(leases)
      } catch is CancellationError {
        break
      } catch {
        environment.logger.warning(
          "stage starts over", metadata: ["stage": "\(stage.name)", "why": "\(error)"])
        try? await Task.sleep(for: backoff.next())
      }
    }
    try? await releaseAll()
  }

  private func claim() async throws -> Leases {
    try await Leases.claim(
      stage.name, partitions: environment.log.layout.count(stage.topic), owner: environment.owner,
      pool: environment.pool)
  }

  private func releaseAll() async throws {
    // The task is cancelled, the release must still happen.
    let partitions = environment.log.layout.partitions(stage.topic).map(\.partition)
    try await Task { [stage, environment] in
      try await Leases.release(
        stage.name, partitions, owner: environment.owner, pool: environment.pool)
    }.value
  }

  private func work(_ leases: Leases) async throws {
    let mailbox = StageMailbox<S.Outcome>()
    try await withThrowingTaskGroup { group in
      var loop = StageLoop(
        stage: stage, environment: environment, leases: leases, mailbox: mailbox,
        maximumRunning: maximumRunning)
      group.addTask { try await self.renewLeases(leases, into: mailbox) }
      try await withThrowingDiscardingTaskGroup { effects in
        defer { effects.cancelAll() }
        var pump: Task<Void, any Error>?
        defer { pump?.cancel() }
        mailbox.signalDue()
        var next = ContinuousClock.now
        while true {
          if loop.mustReopenReader {
            pump?.cancel()
            _ = await pump?.result
            mailbox.dropBatch()
            let cursors = try await loop.cursors()
            pump = Task { try await self.read(from: cursors, into: mailbox) }
          }
          try await Task.sleep(until: next)
          let contents = try await mailbox.take()
          next = .now + Self.pause
          if contents.isClosed {
            _ = try await pump?.value
            throw CancellationError()
          }
          for started in try await loop.handle(contents) {
            effects.addTask { [performer] in
              let outcome = await performer.perform(started.effect)
              mailbox.finish(
                Finished(
                  key: started.key, offset: started.offset, input: started.input, tenant: started.tenant,
                  attempt: started.attempt, outcome: outcome))
            }
          }
          if let due = loop.nextDue, let wait = loop.timerToStart(for: due) {
            effects.addTask {
              try? await Task.sleep(for: wait)
              mailbox.signalDue()
            }
          }
        }
      }
    }
  }

  private func renewLeases(_ held: Leases, into mailbox: StageMailbox<S.Outcome>) async throws {
    var held = held
    var failures = 0
    while true {
      try await Task.sleep(for: Leases.renewal)
      do {
        let now = try await claim()
        failures = 0
        if now != held {
          held = now
          mailbox.leasesChanged(now)
        }
        // What an operator released is due without anyone here having been told.
        mailbox.signalDue()
      } catch let error as PostgresError where error.isRetriable {
        // The fence decides whether a lease was lost; an outage alone does not.
        failures += 1
        environment.logger.debug(
          "leases are not renewed", metadata: ["why": "\(error)", "tries": "\(failures)"])
      }
    }
  }

  private func read(from cursors: [Cursor], into mailbox: StageMailbox<S.Outcome>) async throws {
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
        try await Task.sleep(for: backoff.next())
      }
    }
  }
}

/// Delays that double from 50 ms to 2 s, each shortened by a random part so that many do not come at once.
struct Backoff {
  private var delay = Duration.milliseconds(50)

  mutating func next() -> Duration {
    defer { delay = min(delay * 2, .seconds(2)) }
    return delay * Double.random(in: 0.5...1)
  }

  mutating func reset() { delay = .milliseconds(50) }
}
