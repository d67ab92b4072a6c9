import Contracts
import EventLog
import Postgres
import PostgresLog

/// Waits until what transactions left in the outbox has been published, whichever process relays it: the relay
/// notifies whenever it has noted an acknowledgement, and a time-out covers a notification that was lost.
final class OutboxWait: Sendable {
  private let pool: PostgresPool
  private let signal: LogSignal
  private let listener: PostgresListener

  /// How long somebody waits at most; as long as an append does.
  private static let patience = Duration.seconds(5)
  private static let longestSleep = Duration.milliseconds(500)

  init(pool: PostgresPool) {
    self.pool = pool
    let signal = LogSignal()
    self.signal = signal
    listener = PostgresListener(
      url: pool.url, channels: ["aigentable_outbox"],
      onReconnect: { signal.wakeAll() },
      onNotification: { _, payload in
        for number in payload.split(separator: ",") {
          if let topic = Int16(number).flatMap({ Topic(number: $0) }) { signal.wake(topic) }
        }
      })
  }

  /// Returns once what of `topic` was committed before the call is published. When nothing waits, that takes one
  /// look into the database.
  func callAsFunction(for topic: Topic) async throws(EventLogError) {
    let clock = ContinuousClock()
    let end = clock.now + Self.patience
    var awaited: [Partition: Int64]?
    while true {
      let seen = signal.counts([topic])
      let pending = try await self.pending(topic)
      let left = (awaited ?? pending.mapValues(\.last)).filter { partition, number in
        pending[partition].map { $0.published < number } ?? false
      }
      if left.isEmpty { return }
      guard clock.now < end else {
        throw EventLogError(
          .unavailable,
          "records of \(topic.rawValue) that wait in the outbox were not published within \(Self.patience)")
      }
      awaited = left
      await signal.wait(for: [topic], after: seen, atMost: Self.longestSleep)
    }
  }

  private func pending(
    _ topic: Topic
  ) async throws(EventLogError) -> [Partition: (published: Int64, last: Int64)] {
    do {
      return try await pool.withConnection { try OutboxStatements.pending(topic, on: $0) }
    } catch { throw EventLogError(wrapping: error) }
  }

  func close() { listener.stop() }
}
