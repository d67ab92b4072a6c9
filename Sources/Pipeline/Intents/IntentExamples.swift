import Contracts
import JSON
import Keyring
import Postgres
import Understanding

/// The examples of a tenant, as one blob.
package enum IntentExamples {
  package static func read(
    _ blob: String, key: SealingKey, in transaction: Transaction
  ) throws -> [IntentExample]? {
    try SealedBlob.get(blob, sealedWith: key, in: transaction)
      .map { try JSON.decode([IntentExample].self, from: $0) }
  }

  package static func write(
    _ examples: [IntentExample], key: SealingKey, in transaction: Transaction
  ) throws -> String { try SealedBlob.put(JSON.encode(examples), sealedWith: key, in: transaction) }
}

extension Keyring {
  /// - Throws: `SealingError.keyIsGone`.
  package func key(of tenant: TenantID, in transaction: Transaction) throws -> SealingKey {
    let id = KeyID(tenant.uuid)
    guard let key = try keys([id], on: transaction.connection)[id] else { throw SealingError.keyIsGone(id) }
    return key
  }
}
