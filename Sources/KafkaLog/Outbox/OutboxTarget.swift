import Contracts
import EventLog
import Logging

/// Where a relay publishes to: a cluster, or what stands for one in a simulation.
package protocol OutboxTarget: Sendable {
  /// What the ends of the topics hold of the outbox; of each partition the record with the highest number.
  func tail(of partitions: [TopicPartition]) async throws(EventLogError) -> [OutboxEntry]
  /// A producer for one session of the relay, which closes it.
  func publisher() async throws(EventLogError) -> any OutboxPublisher
}

package protocol OutboxPublisher: Sendable {
  /// What became of each message, in their order; none is given up while the task is not cancelled.
  func produce(_ messages: [Outgoing]) async throws(EventLogError) -> [Delivery]
  /// Fails what is under way and whatever comes.
  func close()
}

extension KafkaProducer: OutboxPublisher {}

struct KafkaTarget: OutboxTarget {
  let configuration: KafkaConfiguration
  let logger: Logger

  func tail(of partitions: [TopicPartition]) async throws(EventLogError) -> [OutboxEntry] {
    let thread = BlockingThreads(count: 1, name: "kafka-relay")
    return try await thread.run { [configuration, logger] () throws(EventLogError) in
      try OutboxTail.read(partitions, configuration, logger: logger)
    }
  }

  func publisher() async throws(EventLogError) -> any OutboxPublisher {
    let producer = try KafkaProducer(.relay, configuration, logger: logger)
    await producer.learnTopics()
    return producer
  }
}

/// Of a partition the record that has the highest number.
package struct OutboxEntry: Sendable, Equatable {
  package let partition: TopicPartition
  package let sequence: OutboxSequence
  package let id: EventID

  package init(partition: TopicPartition, sequence: OutboxSequence, id: EventID) {
    self.partition = partition
    self.sequence = sequence
    self.id = id
  }
}
