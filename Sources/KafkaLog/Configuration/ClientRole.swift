/// What a librdkafka instance is for, and the properties that follow from it. Those of `defaults` may be
/// overridden by the URL, those of `fixed` may not.
enum ClientRole: Sendable {
  /// Appends that somebody waits for.
  case producer
  /// The outbox's relay: never gives a message up, because what follows it must not overtake it.
  case relay
  case reader
  /// Metadata, offsets, administration.
  case queries
  /// Advisory commits for one consumer group.
  case commits(group: String)

  var isProducer: Bool {
    switch self {
    case .producer, .relay: true
    case .reader, .queries, .commits: false
    }
  }

  var defaults: [(name: String, value: String)] {
    let common = [
      ("client.id", "aigentable"), ("reconnect.backoff.max.ms", "1000"),
      ("socket.keepalive.enable", "true"), ("socket.nagle.disable", "true"),
      ("allow.auto.create.topics", "false"), ("topic.metadata.propagation.max.ms", "3000"),
    ]
    switch self {
    // Several requests are under way at once, so waiting longer to fill a batch gains little.
    case .producer: return common + [("linger.ms", "1"), ("message.timeout.ms", "5000")]
    case .relay: return common + [("linger.ms", "1")]
    // A low minimum of messages makes the fetcher stall; memory is bounded by the bytes.
    case .reader:
      return common + [("queued.min.messages", "100000"), ("queued.max.messages.kbytes", "16384")]
    case .queries, .commits: return common
    }
  }

  var fixed: [(name: String, value: String)] {
    switch self {
    case .producer, .relay:
      let limits = ProducerLimits.self
      let common = [
        ("acks", "all"), ("enable.idempotence", "true"),
        ("message.max.bytes", "\(limits.messageBytes)"),
        // Above what the driver admits, so that librdkafka's own queue is never the one that is full.
        ("queue.buffering.max.messages", "\(limits.waitingEvents * 2)"),
        ("queue.buffering.max.kbytes", "\(limits.waitingBytes * 4 / 1_024)"),
      ]
      guard case .relay = self else { return common }
      return common + [("enable.gapless.guarantee", "true"), ("message.timeout.ms", "0")]
    case .reader: return Self.consumer(group: "aigentable") + [("enable.partition.eof", "true")]
    case .queries: return Self.consumer(group: "aigentable")
    case .commits(let group): return Self.consumer(group: group)
    }
  }

  /// Who reads what is decided elsewhere; librdkafka merely assigns nothing without a group's name.
  private static func consumer(group: String) -> [(name: String, value: String)] {
    [
      ("group.id", group), ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
      // An offset that is gone must be an error, not a silent jump.
      ("auto.offset.reset", "error"), ("isolation.level", "read_uncommitted"),
    ]
  }
}

/// What one producer holds at most, beyond which appends are refused as `.overloaded`.
enum ProducerLimits {
  static let waitingEvents = 100_000
  static let waitingBytes = 128 << 20
  /// A value of 1 MB with its headers; a broker's default (1,048,588) takes it.
  static let messageBytes = 1 << 20
}
