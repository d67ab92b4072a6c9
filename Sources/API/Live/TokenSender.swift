import Contracts
import EventLog
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Tells all processes that hold streams open of the parts of replies that are written in this one.
///
/// Parts are hints: what comes within `interval` of the last notification waits and goes as one, at most
/// `maximumWaiting` bytes; what is beyond, and what cannot be sent now, is dropped. It has a connection of its
/// own, so that neither holds the other back: stages, and what people see while they work.
package final class TokenSender: Service {
  static let interval = Duration.milliseconds(50)
  static let maximumWaiting = 32 << 10

  private struct Waiting {
    let conversation: ConversationID
    let key: SealingKey
    var text: String
  }

  private struct State {
    var replies: [MessageID: Waiting] = [:]
    var bytes = 0
  }

  private let pool: PostgresPool
  private let logger: Logger
  private let state = Mutex(State())
  private let changed = WakeUp()

  package init(url: String, logger: Logger) {
    pool = PostgresPool(url: url, connections: 1, maximumWaiting: 1, name: "aigentable-tokens")
    self.logger = logger
  }

  /// - Parameter key: the contact's.
  package func add(_ text: String, to reply: MessageID, of conversation: ConversationID, key: SealingKey) {
    state.withLock { state in
      guard state.bytes + text.utf8.count <= Self.maximumWaiting else { return }
      state.bytes += text.utf8.count
      state.replies[reply, default: Waiting(conversation: conversation, key: key, text: "")].text += text
    }
    changed.wake()
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      while !Task.isCancelled {
        await changed.wait()
        let replies = state.withLock { state in
          defer { state = State() }
          return state.replies
        }
        guard !replies.isEmpty else { continue }
        do { try await send(replies) } catch {
          logger.debug("parts of replies were not passed on", metadata: ["error": "\(error)"])
        }
        // What comes meanwhile shares the next notification.
        try? await Task.sleep(for: Self.interval)
      }
    }
    pool.shutdown()
  }

  private func send(_ replies: [MessageID: Waiting]) async throws {
    let lines = try replies.map { reply, waiting in
      try TokenHint.seal(
        ChatDelta(reply: reply, text: waiting.text), of: waiting.conversation, with: waiting.key)
    }
    let statements = TokenHint.payloads(lines).map {
      PostgresStatement("select pg_notify($1, $2)", [.text(TokenHint.channel), .text($0)])
    }
    try await pool.withConnection { _ = try $0.executeBatch(statements) }
  }
}
