import Contracts
import Crypto
import Foundation
import Keyring
import Postgres
import Understanding

/// Train a model on the examples in a blob.
package struct TrainEffect: Sendable {
  package let tenant: TenantID
  package let blob: String
}

package enum TrainOutcome: Codable, Sendable {
  package struct Trained: Codable, Sendable {
    package let model: String
    package let blob: String
    package let bytes: Int
    package let accuracy: Double?
    package let milliseconds: Double
  }

  case trained(Trained)
  /// These examples cannot be trained on.
  case failed(reason: String)
  /// The process ends, or the database was away: it is to be tried again.
  case interrupted
}

/// Reads the examples, trains, and puts the model into the blob store. A thread of its own does the arithmetic, so that what
/// answers customers keeps its threads.
package struct IntentTrainer: EffectPerformer {
  private let pool: PostgresPool
  private let keyring: Keyring

  package init(pool: PostgresPool, keyring: Keyring) {
    self.pool = pool
    self.keyring = keyring
  }

  package func perform(_ effect: TrainEffect) async -> TrainOutcome {
    do { return try await train(effect) } catch let error as IntentTrainingError {
      return .failed(reason: "\(error)")
    } catch let error as SealingError {
      return .failed(reason: "\(error)")
    } catch { return .interrupted }
  }

  private func train(_ effect: TrainEffect) async throws -> TrainOutcome {
    guard let examples = try await examples(effect) else {
      return .failed(reason: "the examples are not in the blob store")
    }
    let clock = ContinuousClock()
    let start = clock.now
    let trained = try await OwnThread.run { isCancelled in
      try IntentTraining(examples).train(isCancelled: isCancelled)
    }
    let elapsed = (clock.now - start).seconds * 1_000
    let bytes = trained.model.bytes
    let blob = try await pool.withTransaction { [keyring] transaction in
      let key = try keyring.key(of: effect.tenant, in: transaction)
      return try SealedBlob.put(bytes, sealedWith: key, in: transaction)
    }
    return .trained(
      TrainOutcome.Trained(
        model: hexadecimal(SHA256.hash(data: bytes)), blob: blob, bytes: bytes.count,
        accuracy: trained.accuracy, milliseconds: elapsed))
  }

  private func examples(_ effect: TrainEffect) async throws -> [IntentExample]? {
    try await pool.withTransaction { [keyring] transaction in
      let key = try keyring.key(of: effect.tenant, in: transaction)
      return try IntentExamples.read(effect.blob, key: key, in: transaction)
    }
  }
}
