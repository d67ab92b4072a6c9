import EventLog
import Foundation
import Postgres
import Synchronization

/// A process of the engine: its tasks take turns as the world wants it, its clock is the world's, and its connections
/// lead to the simulated database. It can be stalled, and it can be killed at any step.
///
/// Unchecked: as the world, only touched by the world's thread.
final class SimulatedProcess: SimulatedSurroundings, SimulatedPostgres, @unchecked Sendable {
  let name: String
  let world: World
  private let database: SimulatedDatabase
  private(set) var isStalled = false
  private(set) var isDead = false
  private(set) var hasEnded = false
  private var stallWanted: Duration?
  private var root: Task<Void, Never>?
  private var listeners: [@Sendable (String, String) -> Void] = []

  init(_ name: String, world: World, database: SimulatedDatabase) {
    self.name = name
    self.world = world
    self.database = database
  }

  func start(_ body: @escaping @Sendable () async -> Void) {
    Surroundings.$simulated.withValue(self) {
      Simulation.$postgres.withValue(self) {
        root = Task(executorPreference: self) {
          await body()
          self.hasEnded = true
          self.world.trace.note(self.world.elapsed, self.name, .other("has ended"))
          self.database.endSessions(of: self)
        }
      }
    }
  }

  // MARK: What befalls it

  /// Ends it as `kill -9` does: nothing that it does from here on reaches anybody. Its tasks are cancelled so that they
  /// come to their ends and leave memory.
  func kill() {
    world.trace.note(world.elapsed, name, .other("is killed"))
    isDead = true
    isStalled = false
    listeners = []
    database.endSessions(of: self)
    root?.cancel()
  }

  /// Asks it to end, as SIGTERM does.
  func stop() {
    world.trace.note(world.elapsed, name, .other("is told to end"))
    root?.cancel()
  }

  /// Stops it before the next thing that it asks Postgres for is done, or soon when it asks for nothing: what it has
  /// decided by then is what a stall endangers.
  func stall(for duration: Duration) {
    guard !isDead, !isStalled else { return }
    stallWanted = duration
    world.add(nil, .other("\(name) is stalled"), after: .milliseconds(500)) { self.beginStall() }
  }

  func beginStall() {
    guard let duration = stallWanted, !isDead, !isStalled else { return }
    stallWanted = nil
    isStalled = true
    world.note(.stall)
    world.tell(name, "stands still for \(duration)")
    if duration > Trouble.lease { world.note(.stallPastLease) }
    world.add(nil, .other("\(name) goes on"), after: duration) { self.isStalled = false }
  }

  /// Lets it stand still for as long as `body` takes.
  func standStill(_ body: () throws(PostgresError) -> Void) throws(PostgresError) {
    isStalled = true
    defer { isStalled = false }
    try body()
  }

  func hear(_ channel: String, _ payload: String) { for listener in listeners { listener(channel, payload) } }

  // MARK: Its surroundings

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    world.add(self, .job) { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  var now: ContinuousClock.Instant { world.now }

  func random(in range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &world.numbers) }

  func sleep(until instant: ContinuousClock.Instant) async throws {
    let sleeper = Sleeper(world)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        sleeper.begin(continuation, self, until: world.elapsed(at: instant) - world.elapsed)
      }
    } onCancel: {
      sleeper.cancel()
    }
  }

  func plants(_ bug: String) -> Bool { database.planted == bug }

  func queue(connections: Int, name: String) -> any SimulatedQueue {
    SimulatedPool(process: self, database: database, connections: connections, name: name)
  }

  func listen(_ channels: [String], _ onNotification: @escaping @Sendable (String, String) -> Void) {
    listeners.append(onNotification)
  }
}

/// One sleep. Unchecked as the world.
private final class Sleeper: @unchecked Sendable {
  private let world: World
  private var continuation: CheckedContinuation<Void, any Error>?
  private var timer: UInt64?
  private var isCancelled = false

  init(_ world: World) { self.world = world }

  func begin(
    _ continuation: CheckedContinuation<Void, any Error>, _ process: SimulatedProcess, until delay: Duration
  ) {
    guard !isCancelled else { return continuation.resume(throwing: CancellationError()) }
    self.continuation = continuation
    timer = world.add(process, .timer, after: delay) { [self] in
      self.continuation?.resume()
      self.continuation = nil
    }
  }

  func cancel() {
    isCancelled = true
    if let timer { world.cancel(timer) }
    continuation?.resume(throwing: CancellationError())
    continuation = nil
  }
}
