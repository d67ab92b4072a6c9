import Contracts
import EventLog
import Foundation

package enum LogFixtures {
  package static let tenant = TenantID(UUID())

  package static func event(
    _ key: String, id: EventID = EventID(.version7()), type: EventType = "message.received",
    topic: Topic = .conversations, value: [UInt8] = Array(#"{"facts":{}}"#.utf8)
  ) -> Event {
    Event(
      id: id, type: type, topic: topic, key: StreamID(key), tenant: tenant, time: Date(), source: "/tests",
      causation: EventID(UUID()), correlation: nil,
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", value: value)
  }

  /// `count` events of one key, numbered in their values.
  package static func events(_ count: Int, of key: String, topic: Topic = .conversations) -> [Event] {
    (0..<count).map { event(key, topic: topic, value: Array(#"{"facts":{"number":\#($0)}}"#.utf8)) }
  }

  /// A key that belongs to `partition`, found by trial.
  package static func key(in partition: TopicPartition, of log: any EventLog) -> String {
    var number = 0
    while true {
      let key = "key-\(number)"
      if StreamID(key).partition(of: log.layout.count(partition.topic)) == partition.partition { return key }
      number += 1
    }
  }
}

extension EventLog {
  /// Cursors at the beginning of every partition of `topic`.
  package func beginnings(of topic: Topic) -> [Cursor] { layout.partitions(topic).map { Cursor($0) } }

  /// The first `count` records from `cursors` on; waits for them.
  package func read(
    _ count: Int, from cursors: [Cursor], types: Set<EventType>? = nil, limit: Int = 1_000
  ) async throws -> [Record] {
    let reader = try await reader(from: cursors, types: types)
    let records = try await reader.read(count, limit: limit)
    await reader.close()
    return records
  }
}

extension LogReader {
  /// The next `count` records; waits for them.
  package func read(_ count: Int, limit: Int = 1_000) async throws -> [Record] {
    var records: [Record] = []
    while records.count < count {
      records += try await next(limit: min(limit, count - records.count)).records
    }
    return records
  }
}
