import Contracts
import EventLog
import Foundation
import Postgres

/// Hears of erasures as they are committed, in whichever process.
final class ErasureSignal: Sendable {
  private let changed: WakeUp
  private let listener: PostgresListener

  init(url: String) {
    let changed = WakeUp()
    self.changed = changed
    listener = PostgresListener(
      url: url, channels: [ErasureWatch.channel], onReconnect: { changed.wake() },
      onNotification: { _, _ in changed.wake() })
  }

  func wait(atMost time: Duration) async {
    await withTaskGroup { group in
      group.addTask { [changed] in await changed.wait() }
      group.addTask { try? await Task.sleep(for: time) }
      await group.next()
      group.cancelAll()
    }
  }

  func stop() { listener.stop() }
}
