import CRdkafka
import Contracts
import EventLog
import Logging
import Postgres
import PostgresLog

/// The Kafka driver, over librdkafka.
///
/// - A direct append is acknowledged by all in-sync replicas. The positions of an event appended again are
///   those of the repetition; when a broker reports a repeated request as done without saying where, the
///   position is the last of its partition at that moment: the event stands there or before.
/// - Repetitions are dropped by readers: a record whose id stands among the preceding 4,096 offsets of its
///   partition, wherever reading began. An id that comes again later than that is read again.
/// - `append(_:in:)` writes into the outbox, an embedded log in the same database, which `relay` publishes.
///   The events can be read shortly after the commit, and `ends` waits for them. What of one key is appended
///   directly is not ordered against what of it goes through the outbox.
/// - A database that was restored from a backup begins a new epoch of the outbox's numbers. What waited in the
///   outbox of the backup and was published since then is published again; readers drop it as any repetition.
/// - Within one append that failed, a later event may have been written although an earlier one was not, when
///   their times ran out just as the cluster came back; appending them again then leaves them in that order.
package final class KafkaLog: EventLog {
  package let layout: LogLayout
  /// Brokers do it: `TopicPlan` gives them its retention.
  package let expiring = TopicPlan.expiring
  /// Publishes the outbox; to be run by at least one process of the installation.
  package let relay: OutboxRelay
  private let configuration: KafkaConfiguration
  private let names: TopicNames
  private let outbox: PostgresLog
  private let outboxWait: OutboxWait
  private let logger: Logger
  private let producer: KafkaProducer
  private let queries: KafkaHandle
  let commits: AdvisoryCommits
  private let threads = BlockingThreads(count: 4, name: "kafka-calls")

  /// Reaches the cluster and checks its topics.
  /// - Parameters:
  ///   - layout: as recorded when the topics were made.
  ///   - outbox: an embedded log in the database of `pool`, with the same layout and used by nothing else.
  package static func open(
    _ configuration: KafkaConfiguration, layout: LogLayout, outbox: PostgresLog, pool: PostgresPool,
    logger: Logger
  ) async throws(EventLogError) -> KafkaLog {
    let log = try KafkaLog(configuration, layout: layout, outbox: outbox, pool: pool, logger: logger)
    do throws(EventLogError) { try await log.checkTopics() } catch {
      log.close()
      throw error
    }
    await log.producer.learnTopics()
    return log
  }

  private init(
    _ configuration: KafkaConfiguration, layout: LogLayout, outbox: PostgresLog, pool: PostgresPool,
    logger: Logger
  ) throws(EventLogError) {
    self.configuration = configuration
    self.layout = layout
    self.outbox = outbox
    self.logger = logger
    names = TopicNames(prefix: configuration.topicPrefix)
    queries = try KafkaHandle(.queries, configuration, logger: logger)
    producer = try KafkaProducer(.producer, configuration, logger: logger)
    commits = AdvisoryCommits(configuration, logger: logger)
    outboxWait = OutboxWait(pool: pool)
    relay = OutboxRelay(
      outbox: outbox, pool: pool, target: KafkaTarget(configuration: configuration, logger: logger),
      logger: logger)
  }

  /// Topics that are missing or have another number of partitions are an error that says what to do.
  package func checkTopics() async throws(EventLogError) {
    let check = TopicCheck(layout: layout, names: names)
    try await threads.run { [queries] () throws(EventLogError) in
      try check.verify(try ClusterTopics.fetch(from: queries))
    }
  }

  package func append(_ events: [Event]) async throws(EventLogError) -> [Position] {
    for event in events { try event.checkBounds() }
    let messages = events.map { Outgoing($0, to: layout.partition(of: $0)) }
    var positions: [Position?] = []
    for (message, delivery) in zip(messages, try await producer.produce(messages)) {
      let offset = try delivery.get()
      positions.append(
        offset.map { Position(message.partition.topic, message.partition.partition, Offset($0)) })
    }
    return try await completed(positions, of: messages)
  }

  /// Puts the last offset of the partition where the broker did not tell.
  private func completed(
    _ positions: [Position?], of messages: [Outgoing]
  ) async throws(EventLogError) -> [Position] {
    var complete: [Position] = []
    var lasts: [TopicPartition: Offset] = [:]
    for (position, message) in zip(positions, messages) {
      if let position {
        complete.append(position)
        continue
      }
      let partition = message.partition
      if lasts[partition] == nil { lasts[partition] = try await ends([partition])[0].advanced(by: -1) }
      complete.append(Position(partition.topic, partition.partition, lasts[partition] ?? .zero))
    }
    return complete
  }

  package func append(_ events: [Event], in transaction: Transaction) throws {
    for event in events { try event.checkBounds() }
    try outbox.append(events, in: transaction)
  }

  /// Waits for the relay where transactions left something for `topic`: `.unavailable` after 5 s.
  package func ends(of topic: Topic) async throws(EventLogError) -> [Offset] {
    try await outboxWait(for: topic)
    return try await ends(layout.partitions(topic))
  }

  /// What the brokers have, whatever waits in the outbox.
  func ends(_ partitions: [TopicPartition]) async throws(EventLogError) -> [Offset] {
    let watermarks = Watermarks(handle: queries, names: names)
    return try await threads.run { () throws(EventLogError) in try watermarks.ends(partitions) }
  }

  package func reader(
    from cursors: [Cursor], types: Set<EventType>?
  ) async throws(EventLogError) -> any LogReader {
    for cursor in cursors where !layout.partitions(cursor.partition.topic).contains(cursor.partition) {
      throw EventLogError(.misconfigured, "there is no partition \(cursor.partition)")
    }
    let watermarks = Watermarks(handle: queries, names: names)
    return try await threads.run { [configuration, names, logger] () throws(EventLogError) in
      let partitions = cursors.map(\.partition)
      let lows = try watermarks.lows(partitions)
      let ends = try watermarks.ends(partitions)
      var starts: [(cursor: Cursor, start: ReadingStart)] = []
      for (cursor, (low, end)) in zip(cursors, zip(lows, ends)) {
        starts.append((cursor, try ReadingStart(cursor, low: low, end: end)))
      }
      return try KafkaReader(
        handle: KafkaHandle(.reader, configuration, logger: logger), starts: starts, names: names,
        types: types, logger: logger)
    }
  }

  /// Commits `cursors` as the offsets of the consumer group `aigentable-<consumer>`, behind the topics' prefix,
  /// for tools that watch lag: done by a thread of its own, once a second at most, only the latest of each
  /// partition. A failure is logged for debugging.
  package func noteProgress(of consumer: String, at cursors: [Cursor]) {
    commits.note(group: names.prefix + "aigentable-" + consumer, cursors)
  }

  /// Appends and queries fail from here on; what is under way fails.
  package func close() {
    producer.close()
    commits.close()
    outboxWait.close()
    threads.close()
  }
}
