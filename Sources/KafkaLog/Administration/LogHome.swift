import EventLog
import Postgres

/// Which of the two drivers has the log of an installation; the other one must not be taken for it.
package enum LogHome {
  /// What each connection of an engine on the embedded log runs first: it fails once the log was moved to Kafka, also in
  /// engines that ran on meanwhile.
  package static let embeddedGreeting = """
    do $$ begin
      if to_regprocedure('kafka.refuse_embedded()') is not null then perform kafka.refuse_embedded(); end if;
    end $$
    """

  /// The SQLSTATE of that failure.
  package static let movedState = "57PL1"

  /// Notes that the log is on Kafka.
  /// - Throws: `.misconfigured` where events lie in the embedded log.
  package static func settleOnKafka(_ pool: PostgresPool) async throws {
    let isOnKafka = try await pool.withConnection { try $0.execute("select kafka.settle_home()")[0].bool(0) }
    guard isOnKafka else {
      throw EventLogError(
        .misconfigured,
        "the events of this installation lie in the embedded log; move them first: aigentable log copy --to kafka://…"
      )
    }
  }
}
