import Contracts
import EventLog
import Foundation
import Logging
import ObjectStore
import Postgres

/// The embedded driver: append-only tables in Postgres (`schemas/log`).
///
/// - Direct appends are coalesced: what arrives while one transaction commits goes into the next.
/// - Readers share one tail of the log (`LogTail`). They are woken by this process's own commits at once, and by
///   other processes' through NOTIFY.
package final class PostgresLog: EventLog {
  package let layout: LogLayout
  let pool: PostgresPool
  let signal: LogSignal
  private let archive: (any ObjectStore)?
  /// Each serves half of the partitions, so that one batch is prepared while another commits.
  private let appenders: [GroupAppender]
  private let tail: LogTail
  private let notifier: LogNotifier
  private let listener: PostgresListener

  /// - Parameters:
  ///   - pool: carries appends and reads; readers take a connection for each fetch only.
  ///   - layout: as `recordedLayout` or `createTopics` gave it.
  ///   - tailBytes: the most that is held of the newest records, in about as many bytes.
  ///   - archive: where `Archiver` puts old records, from which readers go on reading them.
  package init(
    pool: PostgresPool, layout: LogLayout, tailBytes: Int = PostgresLog.tailBytes,
    archive: (any ObjectStore)? = nil, logger: Logger
  ) {
    self.archive = archive
    self.pool = pool
    self.layout = layout
    let (signal, tail) = (
      LogSignal(), LogTail(maximumBytes: tailBytes, patience: PostgresLogReader.longestSleep)
    )
    let notifier = LogNotifier(pool: pool)
    (self.signal, self.tail, self.notifier) = (signal, tail, notifier)
    let hear: @Sendable (Set<Topic>) -> Void = { topics in
      tail.hearNews(of: topics)
      for topic in topics { signal.wake(topic) }
    }
    listener = PostgresListener(
      url: pool.url, channels: [LogNotifier.channel],
      onReconnect: {
        tail.forget()
        hear(Set(Topic.allCases))
      },
      onNotification: { _, payload in if let topics = notifier.topics(of: payload) { hear(topics) } })
    let announce = Announcement(signal: signal, tail: tail, notifier: notifier)
    appenders = (0..<2).map { _ in GroupAppender(pool: pool, layout: layout, announce: announce) }
    self.announce = announce
  }

  private let announce: Announcement

  /// What is held of the newest records where nothing else is said.
  package static let tailBytes = 64 << 20

  /// What the tail holds now, in about as many bytes.
  package var heldBytes: Int { tail.heldBytes }

  package func append(_ events: [Event]) async throws(EventLogError) -> [Position] {
    guard !events.isEmpty else { return [] }
    for event in events { try event.checkBounds() }
    // Equal keys go to one appender and keep their order; a call over several goes to the first, whose
    // transaction takes all the locks that it needs.
    var lane = lane(of: events[0])
    if events.count > 1, events.contains(where: { self.lane(of: $0) != lane }) { lane = 0 }
    return try await appenders[lane].append(events)
  }

  private func lane(of event: Event) -> Int {
    Int(layout.partition(of: event).partition.rawValue) % appenders.count
  }

  package func append(_ events: [Event], in transaction: Transaction) throws {
    guard !events.isEmpty else { return }
    for event in events { try event.checkBounds() }
    transaction.beforeCommit { [layout, announce] transaction in
      let appended = try LogStatements.append(events, layout: layout, in: transaction)
      transaction.afterCommit { announce(events, appended) }
    }
  }

  package func ends(of topic: Topic) async throws(EventLogError) -> [Offset] {
    try await ends(of: [topic])[topic] ?? []
  }

  package func ends(of topics: [Topic]) async throws(EventLogError) -> [Topic: [Offset]] {
    do {
      return try await pool.withConnection { try LogStatements.ends(of: topics, on: $0) }
    } catch { throw EventLogError(wrapping: error) }
  }

  package func endsQuery(of topic: Topic) -> PostgresStatement? { LogStatements.ends(of: topic) }

  package func reader(
    from cursors: [Cursor], types: Set<EventType>?
  ) async throws(EventLogError) -> any LogReader {
    reader(from: cursors, types: types, onDamage: nil)
  }

  package func salvaging(_ onDamage: @escaping @Sendable (LogDamage) -> Void) -> any ReadableLog {
    SalvagingLog(log: self, onDamage: onDamage)
  }

  func reader(
    from cursors: [Cursor], types: Set<EventType>?, onDamage: (@Sendable (LogDamage) -> Void)?
  ) -> PostgresLogReader {
    PostgresLogReader(
      pool: pool, signal: signal, tail: tail, archive: archive, cursors: cursors, types: types,
      onDamage: onDamage)
  }

  /// Forgets what this process holds of the newest records, so that readers ask Postgres: for who has reason to
  /// believe that the database was restored to an earlier time.
  package func forgetTail() { tail.forget() }

  /// What direct appends have taken so far.
  package var appendTimes: AppendTimes { appenders.reduce(AppendTimes()) { $0 + $1.times } }

  /// Stops listening and notifying. Appends fail from here on.
  package func close() async {
    listener.stop()
    await notifier.close()
  }
}

/// The embedded log, read past what is damaged of its archive.
private struct SalvagingLog: ReadableLog {
  let log: PostgresLog
  let onDamage: @Sendable (LogDamage) -> Void

  var layout: LogLayout { log.layout }
  var expiring: Set<Topic> { log.expiring }
  func ends(of topic: Topic) async throws(EventLogError) -> [Offset] { try await log.ends(of: topic) }
  func ends(of topics: [Topic]) async throws(EventLogError) -> [Topic: [Offset]] {
    try await log.ends(of: topics)
  }
  func endsQuery(of topic: Topic) -> PostgresStatement? { log.endsQuery(of: topic) }
  func reader(
    from cursors: [Cursor], types: Set<EventType>?
  ) async throws(EventLogError) -> any LogReader {
    log.reader(from: cursors, types: types, onDamage: onDamage)
  }
}

/// Tells readers, here and in other processes, what was committed.
struct Announcement: Sendable {
  let signal: LogSignal
  let tail: LogTail
  let notifier: LogNotifier

  func callAsFunction(_ events: [Event], _ appended: LogStatements.Appended) {
    let topics = Set(events.map(\.topic))
    if appended.areNew {
      tail.publish(zip(appended.positions, events).map { Record(position: $0, event: $1) })
    } else {
      // Of an id that was there before, the log keeps what was appended first.
      tail.hearNews(of: topics)
    }
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
