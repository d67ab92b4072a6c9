import EventLog
import Foundation

/// How the cluster is reached: `kafka://host:port[,host:port…]?property=value&…`.
///
/// Every query item is a librdkafka property (CONFIGURATION.md of librdkafka 2.0), percent-encoded, and goes
/// to it verbatim; `topic.prefix`, ours, stands before the name of every topic. Values may be secrets and are
/// never printed.
package struct KafkaConfiguration: Sendable, CustomStringConvertible {
  /// `host:port`, separated by commas.
  package let brokers: String
  /// In the order of the URL.
  package let properties: [(name: String, value: String)]
  package let topicPrefix: String

  /// What the driver's guarantees rest on, so that a URL cannot undo it.
  private static let reserved: Set<String> = [
    "acks", "request.required.acks", "auto.offset.reset", "bootstrap.servers", "metadata.broker.list",
    "enable.auto.commit", "enable.auto.offset.store", "enable.idempotence", "enable.gapless.guarantee",
    "enable.partition.eof", "isolation.level", "log.queue", "message.max.bytes",
    "queue.buffering.max.messages", "queue.buffering.max.kbytes", "transactional.id",
  ]

  package init(url: String) throws(EventLogError) {
    guard url.hasPrefix("kafka://") else {
      throw Self.misconfigured("the url does not begin with kafka://")
    }
    let parts = url.dropFirst("kafka://".count).split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let hosts = parts[0].hasSuffix("/") ? parts[0].dropLast() : parts[0]
    brokers = try Self.brokers(hosts)
    var properties: [(name: String, value: String)] = []
    var prefix = ""
    for item in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, let name = String(pair[0]).removingPercentEncoding,
        let value = String(pair[1]).removingPercentEncoding, !name.isEmpty
      else { throw Self.misconfigured("\(pair[0]) is not a percent-encoded name=value") }
      if Self.reserved.contains(name) {
        throw Self.misconfigured("property \(name) is set by the driver and cannot be given")
      }
      if name == "topic.prefix" { prefix = value } else { properties.append((name, value)) }
    }
    self.properties = properties
    topicPrefix = try Self.checked(prefix: prefix)
  }

  private static func brokers(_ hosts: Substring) throws(EventLogError) -> String {
    guard !hosts.contains("@") else {
      throw misconfigured("credentials go into sasl.username and sasl.password, not before the host")
    }
    let brokers = hosts.split(separator: ",", omittingEmptySubsequences: false)
    for broker in brokers {
      guard let colon = broker.lastIndex(of: ":"), colon > broker.startIndex,
        UInt16(broker[broker.index(after: colon)...]) != nil, !broker.contains("/")
      else { throw misconfigured("\"\(broker)\" is not host:port") }
    }
    return brokers.joined(separator: ",")
  }

  /// Kafka's rule for topic names (org.apache.kafka.common.internals.Topic); the rest of the name is short.
  private static func checked(prefix: String) throws(EventLogError) -> String {
    let lawful = prefix.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
        || byte == 0x2E || byte == 0x5F || byte == 0x2D
    }
    guard lawful, prefix.utf8.count <= 200 else {
      throw misconfigured("topic.prefix may hold letters, digits, '.', '_' and '-', at most 200 of them")
    }
    return prefix
  }

  private static func misconfigured(_ message: String) -> EventLogError {
    EventLogError(.misconfigured, "kafka configuration: \(message)")
  }

  /// Brokers and names of properties, no values.
  package var description: String {
    "kafka://\(brokers) (\(properties.map(\.name).joined(separator: ", ")))"
  }
}
