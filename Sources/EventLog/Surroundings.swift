import Foundation

/// Time, chance and processors, as the runtimes of stages, projections and logs take them: the real ones, unless their
/// task belongs to a simulation, which then decides them from its seed.
package enum Surroundings {
  /// Set for the root task of a simulated process, and inherited by all that it starts. Nothing else sets it.
  @TaskLocal package static var simulated: (any SimulatedSurroundings)?

  /// Only the distance of two of them means anything.
  package static var now: ContinuousClock.Instant { simulated?.now ?? .now }

  /// The date, for what is compared with the date later, as when something falls due: it goes on evenly from the start
  /// of the process, however the machine's clock is set meanwhile. Otherwise a clock that was an hour ahead for a moment
  /// would let what fell due within it wait for an hour.
  package static var date: Date { start.date.addingTimeInterval((now - start.instant) / .seconds(1)) }

  private static let start = (date: Date(), instant: ContinuousClock.now)

  /// Throws `CancellationError`, at once, when the task is cancelled.
  package static func sleep(for duration: Duration) async throws {
    guard let simulated else { return try await Task.sleep(for: duration) }
    try await simulated.sleep(until: simulated.now + duration)
  }

  package static func sleep(until instant: ContinuousClock.Instant) async throws {
    guard let simulated else { return try await Task.sleep(until: instant) }
    try await simulated.sleep(until: instant)
  }

  /// Where an unstructured task is to run: such a task does not inherit this by itself (SE-0417).
  package static var executor: (any TaskExecutor)? { simulated }

  package static func random(in range: ClosedRange<Double>) -> Double {
    simulated?.random(in: range) ?? Double.random(in: range)
  }
}

extension Surroundings {
  /// Whether this run of a simulation has the fault that is built in under this name: see `PlantedBug`.
  package static func isPlanted(_ bug: String) -> Bool {
    simulated?.plants(bug) ?? false
  }
}

/// What a simulation puts in the place of the real surroundings.
package protocol SimulatedSurroundings: TaskExecutor {
  var now: ContinuousClock.Instant { get }
  func sleep(until instant: ContinuousClock.Instant) async throws
  func random(in range: ClosedRange<Double>) -> Double
  func plants(_ bug: String) -> Bool
}
