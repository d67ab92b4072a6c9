import FoundationEssentials
import JSON

/// CloudEvents 1.0, Kafka protocol binding 1.0.2 §3.2, binary mode: attributes as `ce_*` headers.
extension Event {
  package var headers: [(name: String, value: String)] {
    var headers = [
      ("ce_specversion", "1.0"), ("ce_id", id.description), ("ce_type", type.rawValue),
      ("ce_source", source), ("ce_subject", key.rawValue),
      ("ce_time", time.formatted(.iso8601WithMilliseconds)), ("ce_dataschema", dataschema),
      ("ce_tenant", tenant.description), ("content-type", "application/json"),
    ]
    if let causation { headers.append(("ce_causationid", causation.description)) }
    if let correlation { headers.append(("ce_correlationid", correlation.description)) }
    if let traceparent { headers.append(("traceparent", traceparent)) }
    return headers.map { (name: $0.0, value: $0.1) }
  }

  package init(
    topic: Topic, key: String, headers: [String: String], value: [UInt8]
  ) throws(EventError) {
    func required(_ name: String) throws(EventError) -> String {
      guard let value = headers[name] else { throw .malformedHeader("\(name) is missing") }
      return value
    }
    func optional(_ name: String) throws(EventError) -> EventID? {
      guard let value = headers[name] else { return nil }
      guard let id = EventID(value) else { throw .malformedHeader("\(name) is not a uuid") }
      return id
    }
    guard try required("ce_specversion") == "1.0" else { throw .malformedHeader("ce_specversion is not 1.0") }
    guard let id = EventID(try required("ce_id")) else { throw .malformedHeader("ce_id is not a uuid") }
    guard let tenant = TenantID(try required("ce_tenant")) else {
      throw .malformedHeader("ce_tenant is not a uuid")
    }
    let written = try required("ce_time")
    guard let time = try? Date(written, strategy: .iso8601WithMilliseconds) else {
      throw .malformedHeader("ce_time is not an RFC 3339 time with milliseconds")
    }
    self.init(
      id: id, type: EventType(try required("ce_type")), topic: topic, key: StreamID(key), tenant: tenant,
      time: time, source: try required("ce_source"),
      causation: try optional("ce_causationid"),
      correlation: try optional("ce_correlationid"),
      traceparent: headers["traceparent"], value: value)
  }
}

/// RFC 3339 in UTC with three digits of fraction, of the nearest millisecond. Foundation's own style would not do: it
/// cuts off, so that a double just below its millisecond loses it, and it reads a 30th of February or text behind.
package struct MillisecondTime: FormatStyle, ParseStrategy {
  private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  package func format(_ time: Date) -> String { Self.style.format(time.addingTimeInterval(0.000_5)) }
  package func parse(_ text: String) throws -> Date { try JSON.decode(Date.self, from: JSON.encode(text)) }
}

extension FormatStyle where Self == MillisecondTime {
  package static var iso8601WithMilliseconds: Self { MillisecondTime() }
}

extension ParseStrategy where Self == MillisecondTime {
  package static var iso8601WithMilliseconds: Self { MillisecondTime() }
}
