import Contracts
import Foundation

/// What the fold of `tenants` knows of a tenant's intents.
package struct KnownIntents: Sendable, Equatable {
  /// A model that was trained.
  package struct Model: Sendable, Equatable {
    package let revision: Int
    /// SHA-256 of the model, in hexadecimal.
    package let hash: String
    /// Where it lies sealed in the blob store, in hexadecimal.
    package let blob: String
    package let accuracy: Double?
    package let trainedAt: Date
  }

  /// Of the examples; counts from 1.
  package let revision: Int
  package let intents: Int
  package let examples: Int
  /// Where the examples lie sealed in the blob store, in hexadecimal; nil when there are none.
  package let blob: String?
  /// What classifies now: perhaps of an earlier revision.
  package var model: Model?
  /// Why this revision could not be trained on.
  package var failure: String?

  package var isTraining: Bool { blob != nil && failure == nil && model?.revision != revision }

  /// The intents after `event`, which is of `intents.*`.
  static func after(_ event: Event, _ before: KnownIntents?) throws -> KnownIntents? {
    var next = before
    switch event.type {
    case IntentsChanged.type:
      let facts = try IntentsChanged.read(event).facts
      next = KnownIntents(
        revision: facts.revision, intents: facts.intents, examples: facts.examples, blob: facts.blob,
        model: facts.blob == nil ? nil : before?.model)
    case IntentsTrained.type:
      let facts = try IntentsTrained.read(event).facts
      // Of examples that were all taken back meanwhile, nothing is left to be recognised.
      guard before?.blob != nil, facts.revision > before?.model?.revision ?? 0 else { break }
      next?.model = Model(
        revision: facts.revision, hash: facts.model, blob: facts.blob, accuracy: facts.accuracy,
        trainedAt: event.time)
    case IntentsFailed.type:
      let facts = try IntentsFailed.read(event).facts
      if facts.revision == before?.revision { next?.failure = facts.reason }
    default: break
    }
    return next
  }
}
