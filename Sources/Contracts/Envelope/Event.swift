import FoundationEssentials
import Synchronization

/// The `ce_type` of an event, for instance `message.received`.
package struct EventType: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let rawValue: String
  package init(_ rawValue: String) { self.rawValue = rawValue }
  package init(stringLiteral value: String) { rawValue = value }
  package var description: String { rawValue }
}

/// An immutable fact of the log: the attributes of CloudEvents 1.0 with our extensions, and the value's bytes.
///
/// The value is JSON: `{"facts": {…}, "private": "<compact JWE>"}`. `subject` is the stream's id and
/// `dataschema` follows from topic and type, so neither is stored apart.
package struct Event: Sendable, Equatable {
  package let id: EventID
  package let type: EventType
  package let topic: Topic
  /// The record's key.
  package let key: StreamID
  package let tenant: TenantID
  /// When it happened, by our clock, to the millisecond.
  package let time: Date
  /// Who wrote it, a URI reference: `/ingress`, `/stages/normalize`, `/api`.
  package let source: String
  /// The event that made this one happen.
  package let causation: EventID?
  /// The first event of the chain.
  package let correlation: EventID?
  /// W3C Trace Context `traceparent`.
  package let traceparent: String?
  package let value: [UInt8]
  /// What was made of the value; all copies of an event share it.
  package let decoded = DecodedValue()

  package init(
    id: EventID, type: EventType, topic: Topic, key: StreamID, tenant: TenantID, time: Date, source: String,
    causation: EventID? = nil, correlation: EventID? = nil, traceparent: String? = nil, value: [UInt8]
  ) {
    self.id = id
    self.type = type
    self.topic = topic
    self.key = key
    self.tenant = tenant
    self.time = time.truncatedToMilliseconds
    self.source = source
    self.causation = causation
    self.correlation = correlation
    self.traceparent = traceparent
    self.value = value
  }

  /// `urn:aigentable:schemas/events/<topic>/<type>.json`; CloudEvents wants an absolute URI.
  package var dataschema: String { "urn:aigentable:schemas/events/\(topic.rawValue)/\(type).json" }
}

/// Remembers what was made of an event's value, one thing of each type: many read the same event. No part of it.
package final class DecodedValue: Sendable, Equatable {
  private let values = Mutex<[any Sendable]>([])

  package func get<Value: Sendable>(as _: Value.Type) -> Value? {
    values.withLock { values in
      for value in values { if let value = value as? Value { return value } }
      return nil
    }
  }

  package func set<Value: Sendable>(_ decoded: Value) {
    values.withLock { values in
      values.removeAll { $0 is Value }
      values.append(decoded)
    }
  }

  package static func == (_: DecodedValue, _: DecodedValue) -> Bool { true }
}

/// An event where the log put it.
package struct Record: Sendable, Equatable {
  package let position: Position
  /// The outbox's sequence number of a record that went through it; only Kafka has them.
  package let sequence: Int64?
  package let event: Event

  package init(position: Position, sequence: Int64? = nil, event: Event) {
    self.position = position
    self.sequence = sequence
    self.event = event
  }
}

extension Date {
  /// Counted in whole microseconds, since a double just below a millisecond means that millisecond.
  package var truncatedToMilliseconds: Date {
    let microseconds = microseconds
    let rest = microseconds % 1_000
    return Date(microseconds: microseconds - (rest < 0 ? rest + 1_000 : rest))
  }

  /// Microseconds since 1970, the unit of a Postgres timestamp.
  package var microseconds: Int64 { Int64((timeIntervalSince1970 * 1_000_000).rounded()) }

  package init(microseconds: Int64) {
    self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000)
  }
}
