/// The five topics of the log. Raw values are the names on Kafka; `number` names them in Postgres.
package enum Topic: String, CaseIterable, Sendable, Hashable, Codable {
  case inbound, conversations, agents, documents, tenants

  package var number: Int16 {
    switch self {
    case .inbound: 1
    case .conversations: 2
    case .agents: 3
    case .documents: 4
    case .tenants: 5
    }
  }

  package init?(number: Int16) {
    guard let topic = Topic.allCases.first(where: { $0.number == number }) else { return nil }
    self = topic
  }

  /// Topics of configuration have one partition each, so that folding one to its end has one meaning.
  package var hasOnePartition: Bool {
    switch self {
    case .inbound, .conversations: false
    case .agents, .documents, .tenants: true
    }
  }
}

/// The key of a record: the id of the stream that it belongs to. At most 255 bytes.
package struct StreamID: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
  package init<Subject>(_ id: ID<Subject>) { rawValue = id.description }
  package var description: String { rawValue }

  /// The partition of this key among `count`: murmur2(key) mod count, as Kafka's default partitioner has it,
  /// so that a key keeps its partition number on a move from one driver to the other.
  package func partition(of count: Int) -> Partition {
    precondition(count > 0, "a topic has at least one partition")
    return Partition(Int32(Int(murmur2(Array(rawValue.utf8)) & 0x7FFF_FFFF) % count))
  }
}

package struct Partition: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: Int32
  package init(_ rawValue: Int32) { self.rawValue = rawValue }
  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  package var description: String { String(rawValue) }
}

/// The place of a record in its partition, from 0, without gaps that a reader can see.
package struct Offset: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  package let rawValue: Int64
  package init(_ rawValue: Int64) { self.rawValue = rawValue }
  package static let zero = Offset(0)
  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  package func advanced(by distance: Int64) -> Offset { Offset(rawValue + distance) }
  package var description: String { String(rawValue) }

  package init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(Int64.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

package struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
  package let topic: Topic
  package let partition: Partition
  package init(_ topic: Topic, _ partition: Partition) {
    self.topic = topic
    self.partition = partition
  }
  package var description: String { "\(topic.rawValue)/\(partition)" }
}

/// Where a record stands in the log.
package struct Position: Hashable, Sendable, CustomStringConvertible {
  package let topic: Topic
  package let partition: Partition
  package let offset: Offset

  package init(_ topic: Topic, _ partition: Partition, _ offset: Offset) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
  }

  package var topicPartition: TopicPartition { TopicPartition(topic, partition) }
  package var description: String { "\(topic.rawValue)/\(partition)@\(offset)" }
}
