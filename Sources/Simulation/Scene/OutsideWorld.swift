import Contracts
import EventLog
import Pipeline

/// What the engine calls. It remembers every call, whoever made it and whether or not anybody learned of it.
///
/// Unchecked: as the world, only touched by the world's thread.
final class OutsideWorld: @unchecked Sendable {
  struct Call: Hashable {
    let stage: StageName
    let input: EventID
    let attempt: Int
  }

  private let world: World
  private(set) var calls: [Call: Int] = [:]
  /// Calls whose outcomes were told to a process that lives.
  private(set) var learned: Set<Call> = []

  init(_ world: World) { self.world = world }

  func note(_ call: Call) {
    calls[call, default: 0] += 1
  }

  /// What a process that is killed before long was told does not count.
  func tell(_ call: Call, to process: SimulatedProcess) {
    world.add(nil, .other("remembers"), after: .seconds(5)) {
      if !process.isDead, !process.isStalled { self.learned.insert(call) }
    }
  }

  /// How long a call takes before and after it has its effect: together less than the time-out of a send.
  func times(isSlow: Bool) -> (Duration, Duration) {
    if isSlow { world.note(.slowCall) }
    let range = isSlow ? 200...950 : 1...150
    return (world.numbers.duration(range), world.numbers.duration(range))
  }
}

struct SimulatedCaller: EffectPerformer {
  let stage: StageName
  let process: SimulatedProcess
  let outside: OutsideWorld
  let slowNumber: Int

  func perform(_ effect: SimulatedStage.Effect) async -> SimulatedStage.Outcome {
    let (before, after) = outside.times(isSlow: effect.order.number % 7 == slowNumber)
    try? await Surroundings.sleep(for: before)
    // A call that is cancelled before it left was not made; whoever waits for it is told that it failed.
    guard !process.isDead, !Task.isCancelled else { return .failed }
    let call = OutsideWorld.Call(stage: stage, input: effect.input, attempt: effect.attempt)
    outside.note(call)
    try? await Surroundings.sleep(for: after)
    outside.tell(call, to: process)
    return effect.attempt <= effect.order.failures ? .failed : .done
  }
}
