import CRdkafka
import Contracts
import EventLog
import Logging

/// The raw operation behind sending: librdkafka's produce, its reports thrown away.
package enum RawProducing {
  /// Messages a second; sends `records` again and again, each to the partition that it is of.
  package static func rate(
    of records: [Record], to configuration: KafkaConfiguration, atLeast count: Int, logger: Logger
  ) async throws(EventLogError) -> Double {
    let thread = BlockingThreads(count: 1, name: "kafka-raw")
    defer { thread.close() }
    let names = TopicNames(prefix: configuration.topicPrefix)
    return try await thread.run { () throws(EventLogError) in
      let handle = try KafkaHandle(.relay, configuration, logger: logger)
      guard let queue = rd_kafka_queue_get_main(handle.rk) else { return 0 }
      defer { rd_kafka_queue_destroy(queue) }
      var nothing: UInt8 = 0
      let clock = ContinuousClock()
      let start = clock.now
      var sent = 0
      while sent < count {
        for record in records {
          let message = Outgoing(record.event, to: record.position.topicPartition)
          while true {
            let error = withUnsafeMutablePointer(to: &nothing) {
              message.produce(on: handle, topic: names(message.partition.topic), opaque: $0)
            }
            if error == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
              throw EventLogError(kafka: error, "producing")
            }
            drain(queue, 10)
          }
          sent += 1
          if sent.isMultiple(of: 1_000) { drain(queue, 0) }
          if sent == count { break }
        }
      }
      while rd_kafka_outq_len(handle.rk) > 0 { drain(queue, 10) }
      return Double(sent) / ((clock.now - start) / .seconds(1))
    }
  }

  /// Waits at most `milliseconds` for reports.
  private static func drain(_ queue: OpaquePointer, _ milliseconds: Int32) {
    var wait = milliseconds
    while let event = rd_kafka_queue_poll(queue, wait) {
      rd_kafka_event_destroy(event)
      wait = 0
    }
  }
}
