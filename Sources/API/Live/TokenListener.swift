import Contracts
import Keyring
import Postgres

/// Hears of the parts of replies that other processes, or this one, write.
struct TokenListener: Sendable {
  /// Notifications that wait to be opened; beyond it the oldest are dropped.
  private static let maximumWaiting = 64

  let pool: PostgresPool
  let keyring: Keyring

  /// Until it is cancelled.
  ///
  /// - Parameters:
  ///   - isWanted: whether anyone listens to a conversation; what nobody wants is not opened.
  func run(
    isWanted: @Sendable (ConversationID) -> Bool, deliver: @Sendable (ConversationID, LiveItem) -> Void
  ) async {
    let (payloads, incoming) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingNewest(Self.maximumWaiting))
    let listener = PostgresListener(
      url: pool.url, channels: [TokenHint.channel], onReconnect: {},
      onNotification: { _, payload in incoming.yield(payload) })
    defer { listener.stop() }
    for await payload in payloads {
      let hints = payload.split(separator: "\n").compactMap { TokenHint.Sealed($0) }
        .filter { isWanted($0.conversation) }
      guard !hints.isEmpty else { continue }
      let ids = Set(hints.map(\.keyID))
      // A hint whose key cannot be had now is lost, as any may be.
      let keys = try? await pool.withConnection { [keyring] in try keyring.keys(ids, on: $0) }
      for hint in hints {
        guard let key = keys?[hint.keyID], let item = hint.opened(with: key) else { continue }
        deliver(hint.conversation, item)
      }
    }
  }
}
