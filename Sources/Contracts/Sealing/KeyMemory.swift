import Crypto
import Synchronization

/// What is derived from one key in memory, shared by all copies of a `SealingKey`.
package final class KeyMemory: Sendable {
  private let derived = Mutex<SymmetricKey?>(nil)

  init() {}

  /// The key for HMACs, worked out by `make` the first time.
  package func hmacKey(_ make: () -> SymmetricKey) -> SymmetricKey {
    derived.withLock { derived in
      if let derived { return derived }
      let made = make()
      derived = made
      return made
    }
  }
}
