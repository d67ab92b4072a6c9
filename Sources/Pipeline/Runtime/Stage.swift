import Contracts
import Foundation
import Keyring
import Postgres

/// A pure decision with its effects declared. The runtime reads the log, keeps order, leases, waiting, retries
/// and the ledger, and commits outputs, state and progress as one fact.
///
/// A batch is handled in one transaction: `load` reads what the decisions may know, set-based; `decide` is
/// called once for each key with all its inputs, without I/O; `save` writes what the stage keeps in tables of
/// its own. A stage is never handed the means to perform an effect.
package protocol Stage: Sendable {
  /// What is folded of one stream. Coded as JSON.
  associatedtype State: Codable & Sendable
  /// What `load` found for a batch, and what `decide` wants saved.
  associatedtype Workspace
  /// A call that leaves the system, as data. `Never` for a stage without effects.
  associatedtype Effect: Sendable
  /// What came of an effect.
  associatedtype Outcome: Codable & Sendable

  var name: StageName { get }
  var topic: Topic { get }
  /// Other types are passed over without being fetched.
  var types: Set<EventType> { get }
  /// Whether an input that cannot be processed leaves its key free for the next ones.
  var parksAlone: Bool { get }
  var effects: EffectPolicy { get }

  func load(
    _ turns: [StageTurn<Outcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace
  func decide(
    _ turn: StageTurn<Outcome>, state: inout State, workspace: inout Workspace, _ context: StageContext
  ) throws -> Decision<Effect>
  func save(_ workspace: Workspace, in transaction: Transaction) throws
  /// Whether this effect may be repeated, where `effects` says that some may happen only once.
  func isRepeatable(_ effect: Effect) -> Bool
  /// The state of a key that was never seen.
  func initialState() -> State
  /// What the ledger keeps of an outcome: texts that people wrote are left out where nothing needs them.
  func ledgerForm(_ outcome: Outcome) -> Outcome
}

extension Stage {
  package var parksAlone: Bool { false }
  package func save(_ workspace: Workspace, in transaction: Transaction) throws {}
  package func isRepeatable(_ effect: Effect) -> Bool {
    if case .repeatable = effects { return true }
    return false
  }
  package func ledgerForm(_ outcome: Outcome) -> Outcome { outcome }
}

package struct StageName: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
  package var description: String { rawValue }
}

/// How often an effect may happen, and how long it may take.
package enum EffectPolicy: Sendable {
  /// Repeated when no outcome was recorded: at most one call too many after a crash.
  case repeatable
  /// An intent is committed before; without an outcome it is declared lost after the call's time-out and a
  /// grace, and never repeated.
  case once(timeout: Duration, grace: Duration)
}

/// What every decision of a batch may know.
package struct StageContext: Sendable {
  package let directory: DirectorySnapshot
  package let keyring: Keyring
  /// The time of the batch, by our clock.
  package let now: Date
}

/// The inputs of one key, in order, and what became of the effect of the first.
package struct StageTurn<Outcome: Sendable> {
  package enum Result {
    /// No effect was under way.
    case none
    case outcome(Outcome)
    /// A `once` effect was begun by an owner that is gone; nobody recorded what came of it.
    case lost
  }
  package let key: StreamID
  package let inputs: [Record]
  package let result: Result
  /// How often the effect of the first input was tried, including the one whose result this is.
  package let attempts: Int
}

package struct Decision<Effect: Sendable>: Sendable {
  /// What the first input that is not consumed waits for.
  package enum Wait: Sendable {
    /// Nothing: every input is consumed.
    case nothing
    case effect(Effect)
    /// Another try of the effect, counted.
    case retry(at: Date)
    /// A time; asked again then, with everything that arrived meanwhile.
    case until(Date)
    /// A person: the software cannot process it.
    case parked(reason: String)
  }

  /// How many inputs, from the first on, are finished.
  package var consumed: Int
  package var outputs: [Event]
  package var wait: Wait

  package init(consumed: Int, outputs: [Event] = [], wait: Wait = .nothing) {
    self.consumed = consumed
    self.outputs = outputs
    self.wait = wait
  }
}

/// Performs the effects of a stage. Handed to the runtime beside the stage, and to nothing else: a replay has
/// no such value, so it cannot call anything.
package protocol EffectPerformer<Effect, Outcome>: Sendable {
  associatedtype Effect: Sendable
  associatedtype Outcome: Sendable
  func perform(_ effect: Effect) async -> Outcome
}

/// For stages that have none.
package struct NoEffects: EffectPerformer {
  package init() {}
  package func perform(_ effect: Never) async -> Never {}
}

/// The state of a stage that folds nothing.
package struct NoState: Codable, Sendable, Equatable {
  package init() {}
}
