import Contracts

extension Event {
  /// The bounds of every driver: a value of at most 1,000,000 bytes, which a Kafka record takes, and a key of 1 to
  /// 255 bytes, which fits an index.
  package func checkBounds() throws(EventLogError) {
    guard value.count <= 1_000_000 else {
      throw EventLogError(.refused, "value of event \(id) has \(value.count) bytes, more than 1000000")
    }
    let length = key.rawValue.utf8.count
    guard (1...255).contains(length) else {
      throw EventLogError(.refused, "key of event \(id) has \(length) bytes, not 1 to 255")
    }
  }
}
