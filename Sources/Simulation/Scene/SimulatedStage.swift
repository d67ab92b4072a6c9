import Contracts
import Foundation
import Pipeline
import Postgres

/// A stage that does what its inputs order: decides at once, calls, waits, or cannot. It keeps the order in which it
/// finished its inputs, so that what is lost, doubled or misplaced shows.
struct SimulatedStage: Stage {
  struct State: Codable, Sendable, Equatable {
    var done: [Int] = []
    /// When timers fall due, by number; a dictionary with integer keys would not be coded as an object.
    var due: [String: Date] = [:]
  }
  struct Effect: Sendable {
    let input: EventID
    let order: Order
    let attempt: Int
  }
  enum Outcome: Codable, Sendable, Equatable {
    case done
    case failed
  }

  let name: StageName
  let topic: Topic
  let types: Set<EventType>
  let effects: EffectPolicy
  let parksAlone: Bool
  /// Where its outputs go, and of which type they are.
  let output: (topic: Topic, type: EventType)
  let isMended: @Sendable () -> Bool

  static let attempts = 3

  var isOnce: Bool {
    if case .once = effects { true } else { false }
  }

  func initialState() -> State { State() }
  func load(
    _ turns: [StageTurn<Outcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> NoState { NoState() }

  func decide(
    _ turn: StageTurn<Outcome>, state: inout State, workspace: inout NoState, _ context: StageContext
  ) throws -> Decision<Effect> {
    var outputs: [Event] = []
    for (place, input) in turn.inputs.enumerated() {
      let order = try Order(input.event)
      let isFirst = place == 0
      func wait(_ wait: Decision<Effect>.Wait) -> Decision<Effect> {
        Decision(consumed: place, outputs: outputs, wait: wait)
      }
      var type = output.type
      switch order.kind {
      case .plain: break
      case .poison where isMended(): break
      case .poison:
        guard !isFirst else { throw StageError.unprocessable("poison \(order.number)") }
        return wait(.parked(reason: "poison \(order.number)"))
      case .timer:
        let key = "\(order.number)"
        let due = state.due[key] ?? context.now.addingTimeInterval(Double(order.delay) / 1_000)
        state.due[key] = due
        guard context.now >= due else { return wait(.until(due)) }
      case .call:
        switch isFirst ? turn.result : .none {
        case .none:
          let attempt = isFirst ? turn.attempts + 1 : 1
          return wait(.effect(Effect(input: input.event.id, order: order, attempt: attempt)))
        case .outcome(.done): break
        case .outcome(.failed):
          guard turn.attempts >= Self.attempts else {
            return wait(.retry(at: context.now.addingTimeInterval(0.2 * Double(turn.attempts))))
          }
          type = Order.failed
        case .lost: type = Order.uncertain
        }
      }
      state.done.append(order.number)
      outputs += try made(of: input, order, type, context)
    }
    return Decision(consumed: turn.inputs.count, outputs: outputs)
  }

  private func made(
    of input: Record, _ order: Order, _ type: EventType, _ context: StageContext
  ) throws -> [Event] {
    let orders = type == Order.answered ? order.next : [Order(number: order.number, kind: .plain)]
    return try orders.map { next in
      Event(
        id: input.outputID(type, by: name, step: "\(next.number)"), type: type, topic: output.topic,
        key: input.event.key, tenant: input.event.tenant, time: context.now, source: "/stages/\(name)",
        causation: input.event.id, correlation: input.event.correlation ?? input.event.id,
        value: try next.value)
    }
  }
}

extension SimulatedStage {
  static func ask(parksAlone: Bool, isMended: @escaping @Sendable () -> Bool) -> SimulatedStage {
    SimulatedStage(
      name: StageName("ask"), topic: .inbound, types: [Order.asked], effects: .repeatable,
      parksAlone: parksAlone, output: (.conversations, Order.answered), isMended: isMended)
  }

  static let timeout = Duration.seconds(2)
  static let grace = Duration.seconds(1)

  static func send(isMended: @escaping @Sendable () -> Bool) -> SimulatedStage {
    SimulatedStage(
      name: StageName("send"), topic: .conversations, types: [Order.answered],
      effects: .once(timeout: timeout, grace: grace), parksAlone: false,
      output: (.conversations, Order.sent), isMended: isMended)
  }
}
