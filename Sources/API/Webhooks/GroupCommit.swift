import Foundation
import Postgres
import Synchronization

/// Coalesces writes of many callers: one transaction is under way at a time, and what arrives meanwhile
/// shares the next one. At most `maximumWaiting` items wait; beyond that `.overloaded`.
final class GroupCommit<Item: Sendable>: Sendable {
  typealias Write = @Sendable ([Item], Transaction) throws -> Void

  private struct Waiting: Sendable {
    let item: Item
    let done: CheckedContinuation<Void, any Error>
  }

  private enum Admission { case full, first, queued }

  private struct State {
    var waiting: [Waiting] = []
    var isRunning = false
  }

  private let pool: PostgresPool
  private let maximumBatch: Int
  private let maximumWaiting: Int
  private let write: Write
  private let state = Mutex(State())

  init(pool: PostgresPool, maximumBatch: Int, maximumWaiting: Int, write: @escaping Write) {
    self.pool = pool
    self.maximumBatch = maximumBatch
    self.maximumWaiting = maximumWaiting
    self.write = write
  }

  /// Returns once `item` is committed.
  func commit(_ item: Item) async throws {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      let admission: Admission = state.withLock { state in
        guard state.waiting.count < maximumWaiting else { return .full }
        state.waiting.append(Waiting(item: item, done: done))
        defer { state.isRunning = true }
        return state.isRunning ? .queued : .first
      }
      switch admission {
      case .full: done.resume(throwing: PostgresError(.overloaded, "\(maximumWaiting) requests wait"))
      case .first: run()
      case .queued: break
      }
    }
  }

  /// Commits batches on one of the pool's threads until nothing waits; not on a caller's task, whose
  /// cancellation must not undo what others share with it.
  private func run() {
    pool.enqueue { [self] connect in
      while let batch = takeBatch() {
        let start = ContinuousClock.now
        commit(batch, connect)
        rest(after: .now - start)
      }
    } onRefusal: { error in
      while let batch = takeBatch() {
        for waiting in batch { waiting.done.resume(throwing: error) }
      }
    }
  }

  /// Where more waits already, lets it become more, for as long as the last transaction took: each costs the same,
  /// however little it holds, and where one takes long the processors are busy.
  private func rest(after taken: Duration) {
    let waits = state.withLock { !$0.waiting.isEmpty && $0.waiting.count < maximumBatch }
    if waits { usleep(UInt32(min(taken, Self.longestRest) / .microseconds(1))) }
  }

  private static var longestRest: Duration { .milliseconds(3) }

  private func takeBatch() -> [Waiting]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.isRunning = false
        return nil
      }
      let batch = Array(state.waiting.prefix(maximumBatch))
      state.waiting.removeFirst(batch.count)
      return batch
    }
  }

  private func commit(_ batch: [Waiting], _ connect: () throws -> PostgresConnection) {
    do {
      try Transaction.run(on: connect()) { try write(batch.map(\.item), $0) }
      for waiting in batch { waiting.done.resume() }
    } catch {
      let isRetriable = (error as? PostgresError)?.isRetriable ?? false
      if batch.count > 1, !isRetriable {
        // One caller's item was refused; the others' must not fail with it.
        for waiting in batch { commit([waiting], connect) }
      } else {
        for waiting in batch { waiting.done.resume(throwing: error) }
      }
    }
  }
}
