import Contracts
import Keyring
import OrderedCollections
import Postgres
import Synchronization
import Understanding

/// The models of tenants, opened and decoded once for a process and kept in memory by their hash.
///
/// Bounded by the bytes of the models; what was not used for the longest time goes first.
package final class IntentModels: Sendable {
  private struct Kept {
    var models: OrderedDictionary<String, IntentModel> = [:]
    var sizes: [String: Int] = [:]
    var bytes = 0
  }

  private let kept = Mutex(Kept())
  private let maximumBytes: Int

  package init(maximumBytes: Int = 256 << 20) { self.maximumBytes = maximumBytes }

  /// nil when the model, or the tenant's key, is gone: then a message is classified without it.
  package func model(
    _ known: KnownIntents.Model, key: SealingKey?, in transaction: Transaction
  ) throws -> IntentModel? {
    if let model = find(known.hash) { return model }
    guard let key, let bytes = try SealedBlob.get(known.blob, sealedWith: key, in: transaction),
      let model = try? IntentModel(bytes: bytes)
    else { return nil }
    keep(model, known.hash, bytes.count)
    return model
  }

  private func find(_ hash: String) -> IntentModel? {
    kept.withLock { kept in
      guard let model = kept.models.removeValue(forKey: hash) else { return nil }
      kept.models[hash] = model
      return model
    }
  }

  private func keep(_ model: IntentModel, _ hash: String, _ bytes: Int) {
    kept.withLock { kept in
      guard kept.models[hash] == nil else { return }
      kept.models[hash] = model
      kept.sizes[hash] = bytes
      kept.bytes += bytes
      while kept.bytes > maximumBytes, kept.models.count > 1 {
        let oldest = kept.models.removeFirst().key
        kept.bytes -= kept.sizes.removeValue(forKey: oldest) ?? 0
      }
    }
  }
}
