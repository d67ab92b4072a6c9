import Contracts
import Keyring
import Pipeline
import Postgres
import Understanding

/// Texts as the engine understands them for a tenant, by the model of its intents that counts now.
struct TenantUnderstanding: Sendable {
  private let dependencies: APIDependencies
  private let models = IntentModels(maximumBytes: 64 << 20)

  init(_ dependencies: APIDependencies) { self.dependencies = dependencies }

  /// The model and the revision of the examples that it was made of; nil where there is none, or it cannot be opened.
  func model(of tenant: TenantID) async throws -> (model: IntentModel, revision: Int)? {
    guard let known = try await dependencies.directory.catchUp().intents[tenant]?.model else { return nil }
    let model = try await dependencies.pool.withTransaction {
      [models, keyring = dependencies.keyring] transaction in
      try models.model(known, key: keyring.key(of: tenant, in: transaction), in: transaction)
    }
    return model.map { ($0, known.revision) }
  }
}
