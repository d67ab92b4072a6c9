import Contracts
import EventLog
import Pipeline
import Postgres

/// What the engine calls. It remembers every call, whoever made it and whether or not anybody learned of it.
///
/// Unchecked: as the world, only touched by the world's thread.
final class OutsideWorld: @unchecked Sendable {
  struct Call: Hashable, CustomStringConvertible {
    let stage: StageName
    let input: EventID
    let attempt: Int

    var description: String { "attempt \(attempt) of \(stage) for \(input)" }
  }

  private let run: SimulationRun
  private var world: World { run.world }
  private(set) var calls: [Call: Int] = [:]
  /// Calls whose outcomes were told to a process that lives.
  private(set) var learned: Set<Call> = []

  init(_ run: SimulationRun) { self.run = run }

  /// A call is made. One that may not be repeated has an intent by then, which is committed: whatever happens from here
  /// on, whoever takes over must learn that it may have been made. Between two turns the tables hold nothing else than
  /// what is committed, except in `contested`: there others act within a transaction of which this is not known yet. It has
  /// only read by then, and where it is taken back with what they committed, the run is void (`Contest`).
  func note(_ call: Call, isOnce: Bool, by process: SimulatedProcess) {
    calls[call, default: 0] += 1
    world.tell(process.name, "calls: \(call)")
    guard isOnce else { return }
    do {
      let hasIntent = try run.database.ask(wantsTime: false) { connection in
        try connection.execute(
          """
          select exists (
            select from stage.ledger
            where stage = $1 and input = $2 and step = $3 and intent_at is not null)
          """, [.text(call.stage.rawValue), .uuid(call.input.uuid), .int4(Int32(call.attempt))])[0].bool(0)
      }
      world.note(.intentLook)
      if !hasIntent { run.note("\(call) began before its intent was committed") }
    } catch {
      run.note("the ledger could not be read when \(call) began: \(error)")
    }
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
  /// Its calls may not be repeated.
  let isOnce: Bool
  let process: SimulatedProcess
  let outside: OutsideWorld
  let slowNumber: Int

  func perform(_ effect: SimulatedStage.Effect) async -> SimulatedStage.Outcome {
    let (before, after) = outside.times(isSlow: effect.order.number % 7 == slowNumber)
    try? await Surroundings.sleep(for: before)
    // A call that is cancelled before it left was not made; whoever waits for it is told that it failed.
    guard !process.isDead, !Task.isCancelled else { return .failed }
    let call = OutsideWorld.Call(stage: stage, input: effect.input, attempt: effect.attempt)
    outside.note(call, isOnce: isOnce, by: process)
    try? await Surroundings.sleep(for: after)
    outside.tell(call, to: process)
    return effect.attempt <= effect.order.failures ? .failed : .done
  }
}
