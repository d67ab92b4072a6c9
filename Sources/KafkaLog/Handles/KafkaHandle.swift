import CRdkafka
import EventLog
import Foundation
import Logging
import Synchronization

/// An owned librdkafka instance. Its threads log through `Logger`; it is destroyed, on a thread of its own
/// because that blocks, once nobody holds it.
final class KafkaHandle: @unchecked Sendable {  // librdkafka's calls on an instance are thread-safe
  let rk: OpaquePointer
  private let log: Unmanaged<LogSink>

  init(_ role: ClientRole, _ configuration: KafkaConfiguration, logger: Logger) throws(EventLogError) {
    guard let conf = rd_kafka_conf_new() else { throw EventLogError(.unavailable, "out of memory") }
    do throws(EventLogError) {
      try Self.set("bootstrap.servers", configuration.brokers, on: conf)
      for (name, value) in role.defaults { try Self.set(name, value, on: conf) }
      for (name, value) in configuration.properties { try Self.set(name, value, on: conf) }
      for (name, value) in role.fixed { try Self.set(name, value, on: conf) }
    } catch {
      rd_kafka_conf_destroy(conf)
      throw error
    }
    let sink = Unmanaged.passRetained(LogSink(logger: logger))
    rd_kafka_conf_set_opaque(conf, sink.toOpaque())
    rd_kafka_conf_set_log_cb(conf) { rk, level, facility, text in
      guard let rk, let opaque = rd_kafka_opaque(rk), let text else { return }
      Unmanaged<LogSink>.fromOpaque(opaque).takeUnretainedValue()
        .write(level: level, facility: facility.map { String(cString: $0) }, String(cString: text))
    }
    if role.isProducer { rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR) }
    var text = [CChar](repeating: 0, count: 512)
    let made = rd_kafka_new(
      role.isProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, &text, text.count)
    guard let made else {
      rd_kafka_conf_destroy(conf)
      sink.release()
      throw EventLogError(.misconfigured, "kafka configuration: \(Self.string(text))")
    }
    rk = made
    log = sink
  }

  /// From here on librdkafka's messages are of interest only for debugging: what was under way is given up.
  func expectFailures() { log.takeUnretainedValue().lower() }

  deinit {
    expectFailures()
    let owned = Owned(rk: rk, log: log)
    let thread = Thread {
      rd_kafka_destroy(owned.rk)
      owned.log.release()
    }
    thread.name = "kafka-close"
    thread.start()
  }

  private static func set(_ name: String, _ value: String, on conf: OpaquePointer) throws(EventLogError) {
    var text = [CChar](repeating: 0, count: 512)
    switch rd_kafka_conf_set(conf, name, value, &text, text.count) {
    case RD_KAFKA_CONF_OK: return
    case RD_KAFKA_CONF_UNKNOWN:
      throw EventLogError(.misconfigured, "kafka configuration: librdkafka knows no property \(name)")
    default:
      // librdkafka's own text quotes the value, which may be a secret.
      throw EventLogError(
        .misconfigured, "kafka configuration: librdkafka does not take the value given for \(name)")
    }
  }

  private static func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private struct Owned: @unchecked Sendable {  // moved to the one thread that frees it
    let rk: OpaquePointer
    let log: Unmanaged<LogSink>
  }
}

/// Where librdkafka's own messages go. Its levels are those of syslog (RFC 5424 §6.2.1).
private final class LogSink: Sendable {
  private let logger: Logger
  private let isLowered = Atomic(false)

  init(logger: Logger) { self.logger = logger }

  func lower() { isLowered.store(true, ordering: .relaxed) }

  func write(level: Int32, facility: String?, _ text: String) {
    let level: Logger.Level =
      switch level {
      case _ where isLowered.load(ordering: .relaxed): .debug
      case ...2: .critical
      // A broker that cannot be reached is tried again; whoever waits for it gets the error.
      case 3, 4: .warning
      case 5, 6: .info
      default: .debug
      }
    logger.log(level: level, "\(text)", metadata: facility.map { ["facility": "\($0)"] })
  }
}
