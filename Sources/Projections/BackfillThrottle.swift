import EventLog
import Postgres
import Synchronization

/// Holds a backfill back so that what is live stays nearly as quick: it works in short pieces and rests after each, and
/// how long it rests follows from what a small piece of live work takes with the backfill at work and at rest
/// (`DutyControl`).
///
/// The pieces are short because whoever meets one may have to wait for it: for the processor, or for what it wrote to
/// the write-ahead log. It begins so seldom that the p99 cannot tell, whatever a piece does to those that meet it, and
/// works more only as it has seen that they hardly notice: in a minute or two on an idle machine, never on a busy one. What
/// it has seen holds for the phase of the rebuild that it was seen in: to compare is other work than to apply. A
/// backfill always rests a little, even on an idle machine: without rests there is nothing to compare with.
package final class BackfillThrottle: Sendable {
  private struct State {
    var control: DutyControl
    var isWorking = false
    var isPaused = false
    /// How many pieces were begun.
    var pieces = 0
    /// How long the last ones took, in seconds.
    var piece: Double
    var batch = BackfillThrottle.firstBatch
  }

  private let state: Mutex<State>
  private let probe: PostgresPool
  private let (begun, beginning) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  static let largestBatch = 2_000
  /// A transaction takes some milliseconds for itself, and smaller ones would hardly be shorter.
  private static let smallestBatch = 50
  private static let firstBatch = 50
  /// What a piece should take, where so little can be done in it.
  private static let longestWork = Duration.milliseconds(5)
  /// Between two probes of one kind, until enough is known and afterwards. Each takes its turn among the live commits.
  private static let (eager, easy) = (Duration.milliseconds(100), Duration.milliseconds(200))
  /// How many probes one piece is asked for.
  private static let mostOfAPiece = 5
  private static let decisionEvery = Duration.seconds(1)
  /// How soon it is seen that a pause is over.
  static let pauseLook = Duration.milliseconds(50)
  /// The share of its time that a backfill rests at the least.
  private static let leastRest = 0.05
  /// For how many seconds it rests at the most: what takes long is rare, as a table that is dropped.
  private static let mostRest = 10.0
  /// The share of its time that it may work, whatever live work bears, to come to the end of a log that grows.
  private static let urgent = 0.5

  /// - Parameters:
  ///   - url: of the database that the backfill works in.
  ///   - growth: how much larger the p99 of live work may become; 0.2 for a fifth.
  ///   - duty: what each phase begins with, where it is known; nil begins low.
  package init(url: String, growth: Double = 0.2, duty: Double? = nil) {
    state = Mutex(
      State(control: DutyControl(growth: growth, duty: duty), piece: Self.longestWork / .seconds(1)))
    // Its thread is as urgent as what is live, and so is the server's process.
    probe = PostgresPool(url: url, connections: 1, maximumWaiting: 2, name: "aigentable-probe")
  }

  /// The share of live work that meets the backfill at work at present.
  package var duty: Double { state.withLock { $0.control.duty } }

  /// How many positions of the log the next transaction should pass.
  package var batch: Int { state.withLock { $0.batch } }

  /// How many pieces of work were begun, and whether one is under way: what is live meets one where this changes.
  package var pieces: (begun: Int, isWorking: Bool) { state.withLock { ($0.pieces, $0.isWorking) } }

  /// From the next rest on nothing is begun and nothing measured, until `resume`: what was learned is known afterwards. But
  /// what has to be done while live rows wait for it.
  package func pause() { state.withLock { $0.isPaused = true } }
  package func resume() { state.withLock { $0.isPaused = false } }
  var isPaused: Bool { state.withLock { $0.isPaused } }

  /// Measures while `body` runs.
  package func watching<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    defer { probe.shutdown() }
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await self.measure()
        return nil
      }
      group.addTask {
        try await self.measureAtWork()
        return nil
      }
      defer { group.cancelAll() }
      while let result = try await group.next() { if let result { return result } }
      throw CancellationError()
    }
  }

  /// A piece of work begins.
  func begin(_ phase: RebuildPhase) {
    state.withLock { state in
      state.control.turn(to: phase)
      state.isWorking = true
      state.pieces += 1
    }
    beginning.yield()
  }

  /// A piece of work is done that took `worked`. Returns how long to rest before the next.
  func end(after worked: Duration, isUrgent: Bool = false) -> Duration {
    let worked = worked / .seconds(1)
    return state.withLock { state in
      state.isWorking = false
      state.piece += (worked - state.piece) / 8
      let duty = max(state.control.duty, isUrgent ? Self.urgent : 0)
      // Whatever begins within a piece, or so little before that it is not done when the piece begins, meets it.
      let rest = (worked + state.control.typical / 1_000) / duty - worked
      return .seconds(max(min(rest, Self.mostRest), worked * Self.leastRest))
    }
  }

  /// Does one piece of work that cannot be made shorter, and rests.
  func pace<R: Sendable>(
    _ phase: RebuildPhase, _ work: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    begin(phase)
    let start = Surroundings.now
    let result: Result<R, any Error>
    do { result = .success(try await work()) } catch { result = .failure(error) }
    let rest = end(after: Surroundings.now - start)
    if case .success = result { try await sleep(for: rest) }
    return try result.get()
  }

  /// A batch that passed `positions` and took `worked` is applied. Rests.
  func rest(after worked: Duration, positions: Int, isUrgent: Bool) async throws {
    state.withLock { $0.batch = Self.size(after: positions, worked, was: $0.batch) }
    let rest = end(after: worked, isUrgent: isUrgent)
    if isUrgent { try await Surroundings.sleep(for: rest) } else { try await sleep(for: rest) }
  }

  /// And as long as it is paused.
  private func sleep(for rest: Duration) async throws {
    try await Surroundings.sleep(for: rest)
    // By the clock, as the rest: this is no wait for some work.
    while isPaused { try await Surroundings.sleep(for: Self.pauseLook) }
  }

  /// Halfway to what would have taken `longestWork`, so that one slow piece does not decide alone.
  static func size(after events: Int, _ worked: Duration, was size: Int) -> Int {
    // The last batch of a partition says nothing: what a transaction costs by itself weighs most there.
    guard events * 2 >= size, worked > .zero else { return size }
    let fitting = Double(events) * (longestWork / worked)
    return Int(min(max((Double(size) + fitting) / 2, Double(smallestBatch)), Double(largestBatch)))
  }

  // MARK: Measuring

  /// Probes whenever it is time, and decides.
  private func measure() async throws {
    var decision = Surroundings.now + Self.decisionEvery
    while true {
      // Measuring is by the clock: this is the work, not a wait for some.
      do { try await Surroundings.sleep(for: interval) } catch { return }
      if isPaused { continue }
      try await take()
      if Surroundings.now >= decision {
        state.withLock { $0.control.decide() }
        decision = Surroundings.now + Self.decisionEvery
      }
    }
  }

  /// Probes within a piece of work: by chance alone hardly any would meet one. Until enough is known, some one after the
  /// other while the piece lasts: in the beginning there are few pieces.
  private func measureAtWork() async throws {
    var next = Surroundings.now
    for await _ in begun where Surroundings.now >= next {
      let piece = state.withLock { $0.piece }
      do { try await Surroundings.sleep(for: .seconds(Surroundings.random(in: 0...piece))) } catch { return }
      let number = pieces.begun
      // No more of a long one: it is not what is to come.
      for _ in 1...Self.mostOfAPiece where try await !(take() && isAtWork(number)) { break }
      next = Surroundings.now + (state.withLock { $0.control.knowsEnough } ? Self.easy : .zero)
    }
  }

  /// Whether this piece still goes on, and probes of it are wanted.
  private func isAtWork(_ number: Int) -> Bool {
    state.withLock { $0.isWorking && $0.pieces == number && !$0.control.knowsEnough }
  }

  private var interval: Duration { state.withLock { $0.control.knowsEnough ? Self.easy : Self.eager } }

  /// Returns false where the database is away.
  @discardableResult
  private func take() async throws -> Bool {
    do {
      // Timed by the probe's own thread: that of this task may be one that waits for everybody else.
      try await probe.withConnection { connection in
        let (before, start) = (self.pieces, Surroundings.now)
        // Takes a processor for as long as a small list does, then writes a record to the write-ahead log and waits
        // until it is on disk, as every live commit does.
        _ = try Transaction.run(on: connection) { transaction in
          try transaction.execute(
            """
            select count(md5(n::text)), pg_logical_emit_message(true, 'aigentable', 'probe')
            from generate_series(1, 200) as n
            """)
        }
        self.took(Surroundings.now - start, since: before)
      }
      return true
    } catch let error as PostgresError where error.isRetriable { return false }
  }

  /// - Parameter before: what was done of the backfill when the probe began.
  private func took(_ duration: Duration, since before: (begun: Int, isWorking: Bool)) {
    state.withLock { state in
      let isResting = !before.isWorking && !state.isWorking && before.begun == state.pieces
      state.control.add(duration / .milliseconds(1), isResting: isResting)
    }
  }
}

extension BackfillThrottle? {
  /// Does one piece of work that cannot be made shorter; where there is a throttle, rests after it.
  func pacing<R: Sendable>(
    _ phase: RebuildPhase, _ work: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    guard let self else { return try await work() }
    return try await self.pace(phase, work)
  }
}
