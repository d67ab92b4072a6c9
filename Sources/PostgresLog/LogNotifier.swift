import Contracts
import Foundation
import Postgres
import Synchronization

/// Tells other processes which topics have grown: one NOTIFY for many commits, on a connection that holds none
/// of their locks. While one is under way, what is added goes into the next.
final class LogNotifier: Sendable {
  static let channel = "aigentable_log"

  private struct State {
    var pending: Set<Topic> = []
    var isRunning = false
    var isClosed = false
  }

  /// Tells our own notifications from those of others.
  private let sender = UUID().uuidString
  private let pool: PostgresPool
  private let state = Mutex(State())

  init(pool: PostgresPool) {
    // One connection of its own, so that a busy pool does not hold wake-ups back.
    self.pool = PostgresPool(url: pool.url, connections: 1, name: "aigentable-notify")
  }

  func notify(_ topics: Set<Topic>) {
    let starts = state.withLock { state in
      guard !state.isClosed else { return false }
      state.pending.formUnion(topics)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard starts else { return }
    pool.enqueue { [self] connect in
      while let topics = takePending() {
        let payload = sender + "," + topics.map(\.rawValue).sorted().joined(separator: ",")
        // A lost notification is made good by the readers' own time-out.
        _ = try? connect().execute("select pg_notify($1, $2)", [.text(Self.channel), .text(payload)])
      }
    } onRefusal: { [self] _ in
      state.withLock { $0.isRunning = false }
    }
  }

  /// The topics that another process's notification names; nil for one of ours.
  func topics(of payload: String) -> Set<Topic>? {
    guard !payload.hasPrefix(sender) else { return nil }
    return Set(payload.split(separator: ",").compactMap { Topic(rawValue: String($0)) })
  }

  private func takePending() -> Set<Topic>? {
    state.withLock { state in
      guard !state.pending.isEmpty else {
        state.isRunning = false
        return nil
      }
      defer { state.pending = [] }
      return state.pending
    }
  }

  func close() async {
    state.withLock { $0.isClosed = true }
    pool.shutdown()
  }
}
