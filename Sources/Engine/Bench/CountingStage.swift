import Contracts
import EventLog
import Foundation
import JSON
import Pipeline
import Postgres

/// The least that a stage can do and still use everything of its runtime: it counts the inputs of each key and says of
/// each which one it was.
struct CountingStage: Stage {
  struct State: Codable, Sendable { var count = 0 }

  /// What it reads and writes. `due` is when whoever measures wanted it sent, in seconds.
  private struct Value: Codable {
    struct Facts: Codable {
      let number: Int
      var due: Double?
      var count: Int?
      let padding: String
    }
    var facts: Facts
  }

  let name = StageName("bench-count")
  let topic = Topic.inbound
  let types: Set<EventType> = [WebhookReceived.type]
  let effects = EffectPolicy.repeatable
  /// Where what it writes goes.
  let output: Topic

  func initialState() -> State { State() }
  func load(
    _ turns: [StageTurn<Never>], _ context: StageContext, in transaction: Transaction
  ) throws -> NoState { NoState() }

  func decide(
    _ turn: StageTurn<Never>, state: inout State, workspace: inout NoState, _ context: StageContext
  ) throws -> Decision<Never> {
    let outputs = try turn.inputs.map { input in
      state.count += 1
      var value = try JSON.decode(Value.self, from: input.event.value)
      value.facts.count = state.count
      return Event(
        id: input.outputID(EmailReceived.type, by: name), type: EmailReceived.type, topic: output,
        key: input.event.key, tenant: input.event.tenant, time: context.now, source: "/stages/\(name)",
        causation: input.event.id, value: try JSON.encode(value))
    }
    return Decision(consumed: turn.inputs.count, outputs: outputs)
  }

  private static let tenant = TenantID(UUID.version7())
  private static let padding = String(repeating: "a", count: 460)

  /// Something for it to read, of about 512 bytes, of one of 100 keys.
  static func input(_ number: Int) throws -> Event {
    Event(
      id: EventID(UUID.version7()), type: WebhookReceived.type, topic: .inbound,
      key: StreamID("connection-\(number % 100)"), tenant: tenant, time: Date(), source: "/bench",
      value: try JSON.encode(Value(facts: .init(number: number, padding: padding))))
  }
}
