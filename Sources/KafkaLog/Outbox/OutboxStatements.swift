import Contracts
import EventLog
import Postgres

/// The calls into `schemas/kafka`.
enum OutboxStatements {
  /// Takes the relay's lock for this session; false while another has it.
  static func hold(on connection: PostgresConnection) throws -> Bool {
    try connection.execute("select kafka.hold()")[0].bool(0)
  }

  /// Whether this session took the lock; false in a session that was made anew.
  static func holds(on connection: PostgresConnection) throws -> Bool {
    try connection.execute("select kafka.holds()")[0].bool(0)
  }

  /// The epoch to publish in, and whether it begins with this call.
  static func enter(
    _ tail: [OutboxEntry], in transaction: Transaction
  ) throws -> (epoch: Int64, isNew: Bool) {
    let row = try transaction.execute(
      "select epoch, is_new from kafka.enter($1, $2, $3, $4, $5)",
      [
        .int2s(tail.map(\.partition.topic.number)), .int4s(tail.map(\.partition.partition.rawValue)),
        .int8s(tail.map(\.sequence.epoch)), .int8s(tail.map(\.sequence.number)), .uuids(tail.map(\.id.uuid)),
      ])[0]
    return (row.int8(0), row.bool(1))
  }

  /// The first number of each partition that was not acknowledged yet.
  static func unpublished(on connection: PostgresConnection) throws -> [Cursor] {
    try connection.execute("select topic, partition, next from kafka.unpublished()").compactMap { row in
      Topic(number: row.int2(0)).map {
        Cursor(TopicPartition($0, Partition(row.int4(1))), Offset(row.int8(2)))
      }
    }
  }

  /// Of the partitions of `topic` that have rows to be published, the last number that was and the last that
  /// waits.
  static func pending(
    _ topic: Topic, on connection: PostgresConnection
  ) throws -> [Partition: (published: Int64, last: Int64)] {
    let rows = try connection.execute(
      "select partition, published, last from kafka.pending($1)", [.int2(topic.number)])
    return rows.reduce(into: [:]) { $0[Partition($1.int4(0))] = ($1.int8(1), $1.int8(2)) }
  }

  /// Notes that `ranges` were acknowledged and deletes their rows, in the caller's transaction.
  static func settle(_ ranges: [PublishedRange], in transaction: Transaction) throws {
    try transaction.execute(
      "select kafka.settle($1, $2, $3, $4)",
      [
        .int2s(ranges.map(\.partition.topic.number)), .int4s(ranges.map(\.partition.partition.rawValue)),
        .int8s(ranges.map(\.first)), .int8s(ranges.map(\.last)),
      ])
  }
}

/// What waits in the outbox.
package struct OutboxBacklog: Sendable, Equatable {
  package let records: Int64
  /// How long the oldest has waited; 0 when there is none.
  package let seconds: Double

  /// As it is now.
  package static func read(on connection: PostgresConnection) throws -> OutboxBacklog {
    let row = try connection.execute("select waiting, age from kafka.backlog()")[0]
    return OutboxBacklog(records: row.int8(0), seconds: row.double(1))
  }
}
