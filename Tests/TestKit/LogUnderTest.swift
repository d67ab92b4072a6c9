import EventLog
import Postgres

/// A driver while one conformance test runs.
package struct LogUnderTest: Sendable {
  package let log: any EventLog
  /// The database whose transactions `append(_:in:)` joins.
  package let pool: PostgresPool
  /// Another instance of the driver over the same stored log, as a restarted process would have it.
  package let reopen: @Sendable () async throws -> any EventLog

  package init(
    log: any EventLog, pool: PostgresPool, reopen: @escaping @Sendable () async throws -> any EventLog
  ) {
    self.log = log
    self.pool = pool
    self.reopen = reopen
  }
}

/// What a driver's contract leaves to it.
package struct LogTraits: Sendable {
  /// Appending a known id answers with its first position; on Kafka the readers drop the repetition instead.
  package var answersFirstPosition = true
  /// How often the process holds what is appended to the log: 1 for a log in memory, 0 for one elsewhere.
  package var copiesInProcess = 0
  /// How much memory one reader may hold, in bytes.
  package var readerBytes = 16 << 20
  /// What half of all wake-ups of a waiting reader must not exceed.
  package var medianWakeUp = Duration.milliseconds(30)

  package init() {}
}

/// Makes a fresh, empty log with that many partitions of the wide topics, for as long as the body runs.
package typealias LogFactory =
  @Sendable (_ partitions: Int, _ body: @Sendable (LogUnderTest) async throws -> Void) async throws -> Void
