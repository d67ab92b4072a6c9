import Postgres
import Synchronization

/// Holds a backfill back so that what is live stays nearly as quick: it takes the time of a small committed
/// transaction ten times a second or more, with the backfill at work and at rest, and gives the backfill as much of
/// the time as keeps the p99 within bounds (`DutyControl`).
///
/// A backfill always rests a little, even on an idle machine: without rests there is nothing to compare with.
package final class BackfillThrottle: Sendable {
  private struct State {
    var control: DutyControl
    var working = 0
  }

  private let state: Mutex<State>
  private let probe: PostgresPool

  /// The most events that one transaction of a backfill should apply which is held back: what is live waits for no more.
  package static let batchSize = 2_000

  private static let interval = Duration.milliseconds(40)
  private static let decisionEvery = 25
  /// The share of its time that a backfill rests at the least.
  private static let leastRest = 0.05

  /// - Parameters:
  ///   - url: of the database that the backfill works in.
  ///   - growth: how much larger the p99 of live work may become; 0.2 for a fifth.
  package init(url: String, growth: Double = 0.2) {
    state = Mutex(State(control: DutyControl(growth: growth)))
    probe = PostgresPool(url: url, connections: 1, maximumWaiting: 1, name: "aigentable-probe")
  }

  /// The share of its time that the backfill works at present.
  package var duty: Double { state.withLock { $0.control.duty } }

  /// Measures while `body` runs.
  package func watching<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    defer { probe.shutdown() }
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await self.measure()
        return nil
      }
      defer { group.cancelAll() }
      while let result = try await group.next() { if let result { return result } }
      throw CancellationError()
    }
  }

  /// Rests as long as a batch that took `worked` asks for.
  func rest(after worked: Duration) async throws {
    let duty = state.withLock { state in
      state.working -= 1
      return min(state.control.duty, 1 - Self.leastRest)
    }
    defer { state.withLock { $0.working += 1 } }
    try await Task.sleep(for: worked * (1 / duty - 1))
  }

  /// What one lane does before its first batch.
  func begin() { state.withLock { $0.working += 1 } }
  func end() { state.withLock { $0.working -= 1 } }

  private func measure() async throws {
    let clock = ContinuousClock()
    for round in 1... {
      // Measuring is by the clock: this is the work, not a wait for some.
      do { try await Task.sleep(for: Self.interval) } catch { return }
      let wasResting = state.withLock { $0.working == 0 }
      let start = clock.now
      do {
        // Writes a record to the write-ahead log and waits until it is on disk, as every live commit does.
        try await probe.withTransaction { transaction in
          _ = try transaction.execute("select pg_logical_emit_message(true, 'aigentable', 'probe')")
        }
      } catch let error as PostgresError where error.isRetriable { continue }
      let milliseconds = (clock.now - start) / .milliseconds(1)
      state.withLock { state in
        state.control.add(milliseconds, isResting: wasResting && state.working == 0)
        if round % Self.decisionEvery == 0 { state.control.decide() }
      }
    }
  }
}
