import Contracts
import Foundation
import Postgres

/// Trains a model when a tenant's examples have changed. The training is the effect: after a crash it is done again, and comes to
/// the same model. Of several changes that wait, only the last is trained on.
package struct Train: Stage {
  package typealias State = NoState
  package typealias Effect = TrainEffect
  package typealias Outcome = TrainOutcome
  package typealias Workspace = NoState

  package let name = StageName("train")
  package let topic = Topic.tenants
  package let types: Set<EventType> = [IntentsChanged.type]
  package let effects = EffectPolicy.repeatable

  package init() {}

  package func initialState() -> NoState { NoState() }

  package func load(
    _ turns: [StageTurn<TrainOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> NoState { NoState() }

  package func decide(
    _ turn: StageTurn<TrainOutcome>, state: inout NoState, workspace: inout NoState, _ context: StageContext
  ) throws -> Decision<TrainEffect> {
    var decision = Decision<TrainEffect>(consumed: 0)
    var result = turn.result
    for (index, record) in turn.inputs.enumerated() {
      let facts = try IntentsChanged.read(record.event).facts
      if case .outcome(let outcome) = result {
        if case .interrupted = outcome {
          decision.wait = .retry(at: context.now.addingTimeInterval(1))
          return decision
        }
        decision.outputs.append(try event(of: outcome, facts.revision, record, context))
      } else if index == turn.inputs.count - 1, let blob = facts.blob {
        decision.wait = .effect(TrainEffect(tenant: record.event.tenant, blob: blob))
        return decision
      }
      result = .none
      decision.consumed += 1
    }
    return decision
  }

  private func event(
    of outcome: TrainOutcome, _ revision: Int, _ record: Record, _ context: StageContext
  ) throws -> Event {
    switch outcome {
    case .trained(let trained):
      try record.makes(
        IntentsTrained.self, by: name, key: record.event.key,
        facts: .init(
          revision: revision, model: trained.model, blob: trained.blob, bytes: trained.bytes,
          accuracy: trained.accuracy, milliseconds: trained.milliseconds), at: context.now)
    case .failed(let reason):
      try record.makes(
        IntentsFailed.self, by: name, key: record.event.key, facts: .init(revision: revision, reason: reason),
        at: context.now)
    case .interrupted: preconditionFailure("an interrupted training has no event")
    }
  }
}
