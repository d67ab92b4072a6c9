import Contracts
import EventLog
import Postgres
import Synchronization

/// Coalesces concurrent appends: one transaction is under way at a time, and what arrives meanwhile shares the
/// next one, up to `maximumBatch` events. At most `maximumWaiting` events wait; beyond that `.overloaded`.
final class GroupAppender: Sendable {
  private struct Waiting: Sendable {
    let events: [Event]
    let since = ContinuousClock.now
    let done: CheckedContinuation<Result<[Position], EventLogError>, Never>
  }

  private struct State {
    var waiting: [Waiting] = []
    var waitingEvents = 0
    var isRunning = false
    var times = AppendTimes()
  }

  /// What the transactions so far have taken.
  var times: AppendTimes { state.withLock { $0.times } }

  private let pool: PostgresPool
  private let layout: LogLayout
  private let announce: Announcement
  private let state = Mutex(State())
  private let maximumBatch = 2_000
  private let maximumWaiting = 50_000

  init(pool: PostgresPool, layout: LogLayout, announce: Announcement) {
    self.pool = pool
    self.layout = layout
    self.announce = announce
  }

  func append(_ events: [Event]) async throws(EventLogError) -> [Position] {
    let result = await withCheckedContinuation { continuation in
      enum Admission { case full, first, queued }
      let admission: Admission = state.withLock { state in
        guard state.waitingEvents + events.count <= maximumWaiting || state.waiting.isEmpty else {
          return .full
        }
        state.waiting.append(Waiting(events: events, done: continuation))
        state.waitingEvents += events.count
        defer { state.isRunning = true }
        return state.isRunning ? .queued : .first
      }
      switch admission {
      case .full:
        continuation.resume(
          returning: .failure(EventLogError(.overloaded, "\(maximumWaiting) events wait to be appended")))
      // The caller that finds no transaction under way starts one; its work is not its own task's, so that
      // cancelling the caller does not lose what others share with it.
      case .first: schedule()
      case .queued: break
      }
    }
    return try result.get()
  }

  private func takeBatch() -> [Waiting]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.isRunning = false
        return nil
      }
      var count = 0
      var taken = 0
      while taken < state.waiting.count {
        let next = state.waiting[taken].events.count
        if taken > 0, count + next > maximumBatch { break }
        count += next
        taken += 1
      }
      let batch = Array(state.waiting.prefix(taken))
      state.waiting.removeFirst(taken)
      state.waitingEvents -= count
      return batch
    }
  }

  /// Runs batches on one of the pool's threads until nothing waits.
  private func schedule() {
    pool.enqueue { [self] connect in
      while let batch = takeBatch() {
        let begun = ContinuousClock.now
        let waited = batch.reduce(Duration.zero) { $0 + (begun - $1.since) }
        state.withLock { $0.times.note(waited, of: batch.count) }
        let results = write(batch, connect)
        for (waiting, result) in zip(batch, results) { waiting.done.resume(returning: result) }
      }
    } onRefusal: { [self] error in
      while let batch = takeBatch() {
        for waiting in batch { waiting.done.resume(returning: .failure(EventLogError(wrapping: error))) }
      }
    }
  }

  private func write(
    _ batch: [Waiting], _ connect: () throws -> PostgresConnection
  ) -> [Result<[Position], EventLogError>] {
    do {
      let positions = try commit(batch.flatMap(\.events), connect)
      var start = 0
      return batch.map { waiting in
        defer { start += waiting.events.count }
        return .success(Array(positions[start..<(start + waiting.events.count)]))
      }
    } catch  where batch.count > 1 && !EventLogError(wrapping: error).isRetriable {
      // One caller's event was refused; the others' must not fail with it.
      return batch.flatMap { write([$0], connect) }
    } catch {
      return batch.map { _ in .failure(EventLogError(wrapping: error)) }
    }
  }

  private func commit(
    _ events: [Event], _ connect: () throws -> PostgresConnection
  ) throws -> [Position] {
    let connection = try connect()
    let start = ContinuousClock.now
    let (appended, written) = try Transaction.run(on: connection) { transaction in
      (try LogStatements.append(events, layout: layout, in: transaction), ContinuousClock.now)
    }
    state.withLock { $0.times.note(writing: written - start, committing: .now - written) }
    announce(events, appended)
    return appended.positions
  }
}
