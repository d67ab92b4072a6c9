import Contracts
import EventLog
import Logging
import Postgres
import PostgresLog

/// Copies the embedded log to empty topics of Kafka, each record to the partition and the offset that it has: all
/// that names a place in the log (progress of stages and projections, audit trees, positions in read models) goes on
/// meaning the same.
///
/// The engine may run meanwhile, and a run may be killed at any moment: the next one goes on where the topics end, since
/// what a partition has is always a beginning of what is to be copied. `cutOver` copies the rest while nobody can
/// append, and makes of the embedded log the outbox; it, too, may be killed and run again.
package struct LogCopy: Sendable {
  package struct Progress: Sendable {
    package let partition: TopicPartition
    package let offset: Offset
    package let end: Offset
  }

  /// Partitions that are copied at once.
  private static let width = 4
  /// Much longer than a process that lives is silent: it says every few seconds that it does (`stage.heartbeat`).
  private static let absence = Duration.seconds(60)

  private let source: PostgresLog
  private let target: KafkaLog
  private let configuration: KafkaConfiguration
  private let url: String
  private let batch: Int
  private let settling: Duration
  private let patience: Duration
  private let logger: Logger

  /// - Parameters:
  ///   - source: the embedded log, with its archive.
  ///   - target: opened with the same layout; nothing but copies may write to it before the cut-over.
  ///   - url: of the database of both.
  ///   - settling: how long after a run that was killed the topics must stay as they are: what it had sent by then may
  ///     still arrive.
  ///   - patience: how long a cut-over waits for what stages are just doing.
  package init(
    from source: PostgresLog, to target: KafkaLog, _ configuration: KafkaConfiguration, database url: String,
    batch: Int = 2_000, settling: Duration = .seconds(5), patience: Duration = .seconds(180), logger: Logger
  ) {
    self.source = source
    self.target = target
    self.configuration = configuration
    self.url = url
    self.batch = batch
    self.settling = settling
    self.patience = patience
    self.logger = logger
  }

  /// Copies up to where the embedded log ends now; returns how many records.
  package func run(onProgress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> Int {
    try await holding { try await copyAll($0, onProgress) }
  }

  /// Has the stages of all processes come to rest, copies the rest while nobody can append, makes of the embedded log the
  /// outbox, and ends the sessions of all who take it for the log. Returns how many records were copied while nobody
  /// could append.
  ///
  /// Stages come to rest because what they are just sending would otherwise be left in doubt. Projections need not: their
  /// rows and their progress are one transaction, at offsets that mean the same on Kafka.
  ///
  /// - Throws: `.unavailable` when stages do not come to rest in time; then they go on, and nothing has changed.
  package func cutOver(onProgress: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> Int {
    try await holding { holder in
      try await halt(holder)
      try await holder.withConnection { _ = try $0.execute("select kafka.hold_appends()") }
      let copied = try await copyAll(holder, onProgress)
      let held = try await holder.withConnection { connection in
        try connection.execute(#"select topic, partition, "offset" from kafka.ends()"#)
          .map { ($0.int2(0), $0.int4(1), $0.int8(2)) }
      }
      for (topic, partition, offset) in held {
        guard let place = Topic(number: topic).map({ TopicPartition($0, Partition(partition)) }) else {
          continue
        }
        let end = try await target.ends([place])[0]
        guard end == Offset(offset) else {
          throw Self.strange(place, "ends at \(end) there and at \(offset) here")
        }
      }
      try await holder.withConnection { connection in
        // One fact; from its commit on the log is there.
        try connection.execute(
          "select kafka.move($1, $2, $3)",
          [.int2s(held.map(\.0)), .int4s(held.map(\.1)), .int8s(held.map(\.2))])
        try Self.finish(on: connection)
      }
      return copied
    }
  }

  /// Has stages end what they do and begin nothing more for as long as the session of `holder` lives; appends go on. What
  /// is held by processes that are gone is taken from them.
  private func halt(_ holder: PostgresPool) async throws {
    try await holder.withConnection { _ = try $0.execute("select stage.halt()") }
    let deadline = Surroundings.now + patience
    while true {
      let (disowned, partitions, sends) = try await holder.withConnection { connection in
        let disowned = try connection.execute(
          "select stage.disown(make_interval(secs => $1))", [.double(Self.absence / .seconds(1))])[0].int8(0)
        let row = try connection.execute("select partitions, sends from stage.under_way()")[0]
        return (disowned, row.int8(0), row.int8(1))
      }
      if disowned > 0 {
        logger.notice(
          "processes that are gone held partitions, which were taken from them",
          metadata: ["count": "\(disowned)"])
      }
      if partitions == 0, sends == 0 { return }
      guard Surroundings.now < deadline else {
        throw EventLogError(
          .unavailable,
          "stages still hold \(partitions) partitions, and \(sends) sends are under way, after \(patience); nothing "
            + "was changed: run it again, or stop the processes with the role worker first")
      }
      // Other processes do it, and nothing tells when; they look for it once a second.
      try await Surroundings.sleep(for: .milliseconds(100))
    }
  }

  /// Does what a cut-over had left to do that was killed after the move; false when the log was not moved.
  package static func finishMove(of pool: PostgresPool) async throws -> Bool {
    try await pool.withConnection { connection in
      guard try !connection.execute("select from kafka.home").isEmpty else { return false }
      try finish(on: connection)
      return true
    }
  }

  private static func finish(on connection: PostgresConnection) throws {
    try connection.execute("select kafka.end_others()")
    while try connection.execute("select kafka.remove_moved($1)", [.int4(10_000)])[0].int8(0) > 0 {}
  }

  /// One session, which holds what is locked until all is done or the process ends.
  private func holding<R: Sendable>(_ body: (PostgresPool) async throws -> R) async throws -> R {
    let holder = PostgresPool(url: url, connections: 1, name: "aigentable-copy")
    defer { holder.shutdown() }
    let wasSettled = try await holder.withConnection { connection in
      try connection.executeScript(LogHome.embeddedGreeting)
      return try connection.execute("select kafka.begin_copy()")[0].bool(0)
    }
    if !wasSettled { try await waitUntilSettled() }
    let result = try await body(holder)
    try await holder.withConnection { _ = try $0.execute("select kafka.end_copy()") }
    return result
  }

  /// Until two looks at where the topics end agree.
  private func waitUntilSettled() async throws {
    let partitions = Topic.allCases.flatMap(source.layout.partitions)
    var seen = try await target.ends(partitions)
    while true {
      try await Surroundings.sleep(for: settling)
      let now = try await target.ends(partitions)
      if now == seen { return }
      seen = now
    }
  }

  private func copyAll(
    _ holder: PostgresPool, _ onProgress: @escaping @Sendable (Progress) -> Void
  ) async throws -> Int {
    let ends = try await source.ends(of: Topic.allCases)
    let places = Topic.allCases.flatMap { topic in
      Array(zip(source.layout.partitions(topic), ends[topic] ?? []))
    }
    let starts = try await target.ends(places.map(\.0))
    for ((partition, end), start) in zip(places, starts) where start > end {
      throw Self.strange(partition, "ends at \(start), behind \(end) here")
    }
    try await checkLasts(zip(places.map(\.0), starts).map { Cursor($0, $1) })
    // Never gives a message up, because what follows it must not overtake it.
    let producer = try KafkaProducer(.relay, configuration, logger: logger)
    defer { producer.close() }
    await producer.learnTopics()
    return try await withThrowingTaskGroup(of: Int.self) { group in
      var (copied, rest) = (0, zip(places, starts).map { ($0.0, $1, $0.1) }[...])
      func addNext() {
        guard let (partition, start, end) = rest.popFirst() else { return }
        group.addTask {
          try await PartitionCopy(source, producer, partition, batch: batch).run(
            from: start, to: end, onProgress)
        }
      }
      for _ in 0..<Self.width { addNext() }
      while let count = try await group.next() {
        copied += count
        addNext()
      }
      return copied
    }
  }

  /// What is there must be what would have been copied: looks at the last record of each partition.
  private func checkLasts(_ ends: [Cursor]) async throws {
    let lasts = ends.filter { $0.offset > .zero }.map { Cursor($0.partition, $0.offset.advanced(by: -1)) }
    guard !lasts.isEmpty else { return }
    let here = try await events(at: lasts, of: source)
    let there = try await events(at: lasts, of: target)
    for last in lasts where here[last.partition] == nil || here[last.partition] != there[last.partition] {
      throw Self.strange(last.partition, "holds something else at \(last.offset)")
    }
  }

  private func events(at cursors: [Cursor], of log: any EventLog) async throws -> [TopicPartition: Event] {
    let reader = try await log.reader(from: cursors, types: nil)
    var (found, passed): ([TopicPartition: Event], Set<TopicPartition>) = ([:], [])
    let wanted = Dictionary(uniqueKeysWithValues: cursors.map { ($0.partition, $0.offset) })
    do {
      while passed.count < cursors.count {
        let batch = try await reader.next(limit: 1_000)
        for record in batch.records where record.position.offset == wanted[record.position.topicPartition] {
          found[record.position.topicPartition] = record.event
        }
        passed.formUnion(batch.cursors.map(\.partition))
      }
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    return found
  }

  static func strange(_ partition: TopicPartition, _ what: String) -> EventLogError {
    EventLogError(.misconfigured, "\(partition) on Kafka \(what): copies need topics of their own, made anew")
  }
}
