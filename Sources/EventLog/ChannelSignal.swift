import Postgres

/// Hears of what is notified on a channel of Postgres, in whichever process.
package final class ChannelSignal: Sendable {
  private let changed: WakeUp
  private let listener: PostgresListener

  package init(url: String, channel: String) {
    let changed = WakeUp()
    self.changed = changed
    listener = PostgresListener(
      url: url, channels: [channel], onReconnect: { changed.wake() },
      onNotification: { _, _ in changed.wake() })
  }

  package func wait(atMost time: Duration) async {
    await withTaskGroup { group in
      group.addTask { [changed] in await changed.wait() }
      group.addTask { try? await Task.sleep(for: time) }
      await group.next()
      group.cancelAll()
    }
  }

  package func stop() { listener.stop() }
}
