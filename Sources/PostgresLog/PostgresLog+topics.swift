import Contracts
import EventLog
import Postgres

extension PostgresLog {
  /// The layout recorded in the database, or nil when topics were never made.
  package static func recordedLayout(on connection: PostgresConnection) throws -> LogLayout? {
    let rows = try connection.execute("select topic, partitions from log.topic")
    guard !rows.isEmpty else { return nil }
    return LogLayout(
      Dictionary(
        rows.compactMap { row in Topic(number: row.int2(0)).map { ($0, Int(row.int4(1))) } }
      ) { first, _ in first })
  }

  /// Records the topics. The number of partitions is fixed from then on: another number is an error.
  package static func createTopics(_ layout: LogLayout, in transaction: Transaction) throws {
    for topic in Topic.allCases {
      try transaction.execute(
        "insert into log.topic (topic, name, partitions) values ($1, $2, $3) on conflict do nothing",
        [.int2(topic.number), .text(topic.rawValue), .int4(Int32(layout.count(topic)))])
    }
    let recorded = try recordedLayout(on: transaction.connection)
    guard recorded == layout else {
      throw EventLogError(
        .misconfigured, "topics exist with another number of partitions than asked for; it cannot change")
    }
  }
}
