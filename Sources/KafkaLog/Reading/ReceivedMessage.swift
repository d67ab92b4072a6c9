import CRdkafka
import Contracts

/// A message of a batch, valid as long as librdkafka's message is.
struct ReceivedMessage {
  private let message: rd_kafka_message_t
  private let headers: OpaquePointer?

  init(_ pointer: UnsafeMutablePointer<rd_kafka_message_t>) {
    message = pointer.pointee
    var headers: OpaquePointer?
    let error = rd_kafka_message_headers(pointer, &headers)
    self.headers = error == RD_KAFKA_RESP_ERR_NO_ERROR ? headers : nil
  }

  var type: EventType? { header("ce_type").map { EventType($0) } }
  var id: EventID? { header("ce_id").flatMap { EventID($0) } }
  var sequence: Int64? { header(Outgoing.sequenceHeader).flatMap { Int64($0) } }

  /// The last header of that name, as the CloudEvents SDKs take it.
  private func header(_ name: String) -> String? {
    guard let headers else { return nil }
    var value: UnsafeRawPointer?
    var length = 0
    guard rd_kafka_header_get_last(headers, name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR else {
      return nil
    }
    return Self.text(value, length)
  }

  /// The event; throws when it was not written by this engine's rules.
  func event(of topic: Topic) throws(EventError) -> Event {
    guard let key = Self.text(message.key, message.key_len) else {
      throw .malformedHeader("the key is not UTF-8")
    }
    let length = message.payload == nil ? 0 : message.len
    let value = UnsafeRawBufferPointer(start: message.payload, count: length)
    return try Event(topic: topic, key: key, headers: allHeaders, value: Array(value))
  }

  private var allHeaders: [String: String] {
    guard let headers else { return [:] }
    var all: [String: String] = [:]
    var index = 0
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var length = 0
    while rd_kafka_header_get_all(headers, index, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR {
      if let name, let text = Self.text(value, length) { all[String(cString: name)] = text }
      index += 1
    }
    return all
  }

  /// nil when it is absent or not UTF-8.
  private static func text(_ start: UnsafeRawPointer?, _ length: Int) -> String? {
    guard let start else { return nil }
    return String(
      validating: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
  }
}
