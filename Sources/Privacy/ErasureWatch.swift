import Contracts
import Keyring
import Postgres
import Synchronization

/// Takes the keys of erased contacts out of this process's memory, as soon as they are destroyed anywhere. What was
/// missed while the connection was broken is made good by forgetting all keys.
package final class ErasureWatch: Sendable {
  static let channel = "aigentable_erased"

  private let listener: PostgresListener
  private let handlers: Handlers

  package init(url: String, keyring: Keyring) {
    let handlers = Handlers()
    self.handlers = handlers
    listener = PostgresListener(
      url: url, channels: [Self.channel], onReconnect: { keyring.forgetAll() },
      onNotification: { _, payload in
        guard let contact = ContactID(payload) else { return }
        keyring.bury(KeyID(contact.uuid))
        handlers.call(contact)
      })
  }

  /// Has `handler` told of each contact; it must not block.
  package func listen(_ handler: @escaping @Sendable (ContactID) -> Void) { handlers.add(handler) }

  package func stop() { listener.stop() }
}

private final class Handlers: Sendable {
  private let all = Mutex<[@Sendable (ContactID) -> Void]>([])

  func add(_ handler: @escaping @Sendable (ContactID) -> Void) { all.withLock { $0.append(handler) } }
  func call(_ contact: ContactID) { for handler in all.withLock({ $0 }) { handler(contact) } }
}
