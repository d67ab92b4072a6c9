import Contracts
import EventLog
import Foundation
import Logging
import Postgres

/// The embedded driver: append-only tables in Postgres (`schemas/log`).
///
/// - Direct appends are coalesced: what arrives while one transaction commits goes into the next.
/// - Readers are woken by this process's own commits at once, and by other processes' through NOTIFY.
package final class PostgresLog: EventLog {
  package let layout: LogLayout
  let pool: PostgresPool
  let signal: LogSignal
  /// Each serves half of the partitions, so that one batch is prepared while another commits.
  private let appenders: [GroupAppender]
  private let notifier: LogNotifier
  private let listener: PostgresListener

  /// - Parameters:
  ///   - pool: carries appends and reads; readers take a connection for each fetch only.
  ///   - layout: as `recordedLayout` or `createTopics` gave it.
  package init(pool: PostgresPool, layout: LogLayout, logger: Logger) {
    self.pool = pool
    self.layout = layout
    let signal = LogSignal()
    self.signal = signal
    notifier = LogNotifier(pool: pool)
    listener = PostgresListener(
      url: pool.url, channels: [LogNotifier.channel],
      onReconnect: { signal.wakeAll() },
      onNotification: { _, payload in
        for name in payload.split(separator: ",") {
          if let topic = Topic(rawValue: String(name)) { signal.wake(topic) }
        }
      })
    let announce = Announcement(signal: signal, notifier: notifier)
    appenders = (0..<2).map { _ in GroupAppender(pool: pool, layout: layout, announce: announce) }
    self.announce = announce
  }

  private let announce: Announcement

  package func append(_ events: [Event]) async throws(EventLogError) -> [Position] {
    guard !events.isEmpty else { return [] }
    for event in events { try event.checkBounds() }
    // Equal keys go to one appender and keep their order; a call over several goes to the first, whose
    // transaction takes all the locks that it needs.
    let lanes = Set(events.map { Int(layout.partition(of: $0).partition.rawValue) % appenders.count })
    return try await appenders[lanes.count == 1 ? lanes.first ?? 0 : 0].append(events)
  }

  package func append(_ events: [Event], in transaction: Transaction) throws {
    guard !events.isEmpty else { return }
    for event in events { try event.checkBounds() }
    // Several appends of one transaction become one statement, the last before COMMIT.
    transaction.beforeCommit { [layout] transaction in
      _ = try LogStatements.append(events, layout: layout, in: transaction)
    }
    let topics = Set(events.map(\.topic))
    transaction.afterCommit { [announce] in announce(topics) }
  }

  package func ends(of topic: Topic) async throws(EventLogError) -> [Offset] {
    do {
      return try await pool.withConnection { connection in
        try LogStatements.ends(of: topic, on: connection)
      }
    } catch { throw EventLogError(wrapping: error) }
  }

  package func reader(
    from cursors: [Cursor], types: Set<EventType>?
  ) async throws(EventLogError) -> any LogReader {
    PostgresLogReader(pool: pool, signal: signal, cursors: cursors, types: types)
  }

  /// How many transactions direct appends have taken.
  package var commits: Int { appenders.reduce(0) { $0 + $1.commits } }

  /// Stops listening and notifying. Appends fail from here on.
  package func close() async {
    listener.stop()
    await notifier.close()
  }
}

/// Tells readers, here and in other processes, that topics have grown.
struct Announcement: Sendable {
  let signal: LogSignal
  let notifier: LogNotifier

  func callAsFunction(_ topics: Set<Topic>) {
    for topic in topics { signal.wake(topic) }
    notifier.notify(topics)
  }
}

extension EventLogError {
  package init(wrapping error: any Error) {
    switch error {
    case let error as EventLogError: self = error
    case let error as PostgresError:
      switch error.code {
      case .overloaded: self.init(.overloaded, error.message)
      case .closed: self.init(.closed, error.message)
      case .unavailable, .commitUnknown: self.init(.unavailable, error.description)
      case .refused: self.init(error.isRetriable ? .unavailable : .refused, error.description)
      }
    case is CancellationError: self.init(.closed, "cancelled")
    default: self.init(.refused, "\(error)")
    }
  }
}
