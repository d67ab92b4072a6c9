import Contracts

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
      guard let number = message.sequence?.number, !failed.contains(message.partition) else { continue }
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
