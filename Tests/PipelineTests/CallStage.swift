import Contracts
import EventLog
import Foundation
import JSON
import Pipeline
import Postgres
import Synchronization
import TestKit

/// Makes one call for each input and notes in its state which inputs were finished, in order.
struct CallStage: Stage {
  struct State: Codable, Sendable, Equatable {
    var done: [Int] = []
    /// Inputs whose outcome nobody learned.
    var lost: [Int] = []
  }
  struct Workspace: Sendable {}
  struct Effect: Sendable {
    let key: StreamID
    let number: Int
  }
  struct Outcome: Codable, Sendable { var number: Int }
  private struct Value: Decodable {
    struct Facts: Decodable { let number: Int }
    let facts: Facts
  }

  let name = StageName("call")
  let topic = Topic.conversations
  let types: Set<EventType> = [MessageReceived.type]
  var effects = EffectPolicy.once(timeout: .seconds(1), grace: .milliseconds(500))
  /// Whether the transaction that begins now fails for good.
  var breaks: @Sendable () -> Bool = { false }

  func initialState() -> State { State() }
  func load(
    _ turns: [StageTurn<Outcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    if breaks() { throw TestSetupError("the stage breaks") }
    return Workspace()
  }

  func decide(
    _ turn: StageTurn<Outcome>, state: inout State, workspace: inout Workspace, _ context: StageContext
  ) throws -> Decision<Effect> {
    var waiting = try turn.inputs.map { Effect(key: turn.key, number: try number(of: $0)) }[...]
    switch turn.result {
    case .none: break
    case .outcome(let outcome): state.done.append(outcome.number)
    case .lost: state.lost.append(waiting[0].number)
    }
    if case .none = turn.result {} else { waiting.removeFirst() }
    return Decision(
      consumed: turn.inputs.count - waiting.count, wait: waiting.first.map { .effect($0) } ?? .nothing)
  }

  private func number(of record: Record) throws -> Int {
    try JSON.decode(Value.self, from: record.event.value).facts.number
  }
}

/// All calls of all workers of a test.
final class Calls: Sendable {
  struct Made: Sendable, Equatable {
    let key: StreamID
    let number: Int
    let worker: Int
  }

  private struct State {
    var made: [Made] = []
    var running: Set<StreamID> = []
    var overlaps: [Made] = []
  }

  private let state = Mutex(State())

  var made: [Made] { state.withLock { $0.made } }
  /// Calls that began while another one of their key ran.
  var overlaps: [Made] { state.withLock { $0.overlaps } }

  func begin(_ call: Made) {
    state.withLock { state in
      state.made.append(call)
      if !state.running.insert(call.key).inserted { state.overlaps.append(call) }
    }
  }

  func end(_ call: Made) { state.withLock { _ = $0.running.remove(call.key) } }
}

struct Caller: EffectPerformer {
  let worker: Int
  let calls: Calls
  /// How long a call takes; ends early when cancelled, as a network call would.
  let duration: @Sendable () -> Duration

  func perform(_ effect: CallStage.Effect) async -> CallStage.Outcome {
    let call = Calls.Made(key: effect.key, number: effect.number, worker: worker)
    calls.begin(call)
    try? await Task.sleep(for: duration())
    calls.end(call)
    return CallStage.Outcome(number: effect.number)
  }
}
