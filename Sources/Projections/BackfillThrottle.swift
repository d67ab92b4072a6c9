import EventLog
import Postgres
import Synchronization

/// Holds a backfill back so that what is live stays nearly as quick: it takes the time of a small piece of live work
/// many times a second, with the backfill at work and at rest, and gives the backfill as much of the time as keeps the
/// p99 within bounds (`DutyControl`).
///
/// A backfill always rests a little, even on an idle machine: without rests there is nothing to compare with. Its
/// transactions are as large as what is applied in `longestWork`, as whoever needs the same processor or disk waits for
/// one of them.
package final class BackfillThrottle: Sendable {
  private struct State {
    var control: DutyControl
    var working = 0
    var batch = BackfillThrottle.firstBatch
  }

  private let state: Mutex<State>
  private let probe: PostgresPool

  static let largestBatch = 2_000
  private static let smallestBatch = 50
  private static let firstBatch = 100
  private static let longestWork = Duration.milliseconds(25)
  /// Each takes its turn at the disk among the live commits: more of them would slow those more than the backfill does.
  private static let interval = Duration.milliseconds(50)
  private static let decisionEvery = 20
  /// The share of its time that a backfill rests at the least.
  private static let leastRest = 0.05

  /// - Parameters:
  ///   - url: of the database that the backfill works in.
  ///   - growth: how much larger the p99 of live work may become; 0.2 for a fifth.
  ///   - duty: what to begin with, where it is known; nil begins low.
  ///   - earlier: the throttle of a backfill just before, of which what was measured goes on to count.
  package init(
    url: String, growth: Double = 0.2, duty: Double? = nil, after earlier: BackfillThrottle? = nil
  ) {
    let known = earlier?.state.withLock { $0.control }
    state = Mutex(State(control: known ?? DutyControl(growth: growth, duty: duty)))
    probe = PostgresPool(url: url, connections: 1, maximumWaiting: 1, name: "aigentable-probe")
  }

  /// The share of its time that the backfill works at present.
  package var duty: Double { state.withLock { $0.control.duty } }

  /// How many events the next transaction should apply.
  package var batch: Int { state.withLock { $0.batch } }

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

  /// Rests as long as a batch of `events` that took `worked` asks for.
  func rest(after worked: Duration, events: Int) async throws {
    let duty = state.withLock { state in
      state.working -= 1
      state.batch = Self.size(after: events, worked, was: state.batch)
      return min(state.control.duty, 1 - Self.leastRest)
    }
    defer { state.withLock { $0.working += 1 } }
    try await Surroundings.sleep(for: worked * (1 / duty - 1))
  }

  /// Halfway to what would have taken `longestWork`, so that one slow batch does not decide alone.
  static func size(after events: Int, _ worked: Duration, was size: Int) -> Int {
    // The last batch of a partition says nothing: what a transaction costs by itself weighs most there.
    guard events * 2 >= size, worked > .zero else { return size }
    let fitting = Double(events) * (longestWork / worked)
    return Int(min(max((Double(size) + fitting) / 2, Double(smallestBatch)), Double(largestBatch)))
  }

  /// What one lane does before its first batch.
  func begin() { state.withLock { $0.working += 1 } }
  func end() { state.withLock { $0.working -= 1 } }

  private func measure() async throws {
    for round in 1... {
      // Measuring is by the clock: this is the work, not a wait for some.
      do { try await Surroundings.sleep(for: Self.interval) } catch { return }
      let wasResting = state.withLock { $0.working == 0 }
      let start = Surroundings.now
      do {
        // Takes a processor for as long as a small list does, then writes a record to the write-ahead log and waits
        // until it is on disk, as every live commit does.
        try await probe.withTransaction { transaction in
          _ = try transaction.execute(
            """
            select count(md5(n::text)), pg_logical_emit_message(true, 'aigentable', 'probe')
            from generate_series(1, 200) as n
            """)
        }
      } catch let error as PostgresError where error.isRetriable { continue }
      let milliseconds = (Surroundings.now - start) / .milliseconds(1)
      state.withLock { state in
        state.control.add(milliseconds, isResting: wasResting && state.working == 0)
        if round % Self.decisionEvery == 0 { state.control.decide() }
      }
    }
  }
}
