import Contracts
import EventLog
import Postgres

/// The calls into `schemas/kafka`.
enum OutboxStatements {
  /// Takes the relay's lock for this session, or finds that this session has it. False while another has it.
  static func hold(on connection: PostgresConnection) throws -> Bool {
    try connection.execute("select kafka.hold()")[0].bool(0)
  }

  /// The first number of each partition that was not acknowledged yet.
  static func unpublished(on connection: PostgresConnection) throws -> [Cursor] {
    try connection.execute("select topic, partition, next from kafka.unpublished()").compactMap { row in
      Topic(number: row.int2(0)).map {
        Cursor(TopicPartition($0, Partition(row.int4(1))), Offset(row.int8(2)))
      }
    }
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

/// Consecutive numbers of one partition that Kafka has acknowledged.
struct PublishedRange: Sendable, Equatable {
  let partition: TopicPartition
  let first: Int64
  var last: Int64

  /// Of each partition what was delivered before the first failure. Pure.
  static func ranges(of messages: [Outgoing], _ deliveries: [Delivery]) -> [PublishedRange] {
    var ranges: [PublishedRange] = []
    var places: [TopicPartition: Int] = [:]
    var failed: Set<TopicPartition> = []
    for (message, delivery) in zip(messages, deliveries) {
      guard let number = message.sequence, !failed.contains(message.partition) else { continue }
      guard case .success = delivery else {
        failed.insert(message.partition)
        continue
      }
      if let place = places[message.partition] {
        ranges[place].last = number
      } else {
        places[message.partition] = ranges.count
        ranges.append(PublishedRange(partition: message.partition, first: number, last: number))
      }
    }
    return ranges
  }
}
