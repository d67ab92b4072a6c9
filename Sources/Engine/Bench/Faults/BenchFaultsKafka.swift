import Contracts
import EventLog
import Foundation
import JSON
import KafkaLog
import Logging
import Postgres
import PostgresLog
import Simulation

/// Writers and readers of the log on Kafka, of which each operation is noted, while brokers go, refuse and hand over
/// partitions, sessions of Postgres are ended, and relays come and go.
///
/// Offsets of Kafka have gaps where readers drop a repetition; what is compared is the place of each record in what a
/// reader is given from the beginning on, which must be the same for every reader, however often it begins anew.
struct BenchFaultsKafka: Sendable {
  static let writers = 16
  static let readers = 3

  let database: BenchDatabase
  /// How long, and longer until each kind of fault was there.
  let seconds: Double
  let seed: UInt64
  let history: String?

  private static let layout = LogLayout(partitions: 4)
  private static let tenant = TenantID(UUID.version7())
  private static let faults = [
    "broker down", "requests failed", "leader moved", "session ended", "relay replaced",
  ]

  private static var logger: Logger {
    var logger = Logger(label: "bench-kafka")
    logger.logLevel = .critical
    return logger
  }

  func run() async throws -> BenchFaultsRun.Outcome {
    let brokers = try MockBrokers.start(Self.layout)
    let outbox = try await database.makeLog(partitions: 4)
    let log = try await open(brokers, outbox)
    let book = try History(to: history)
    let end = ContinuousClock.now + .seconds(seconds)
    let isOver = Done()
    let relay = Task { try await log.relay.run() }
    defer { relay.cancel() }
    let (counts, last) = try await withThrowingTaskGroup(of: [String: Int].self) { group in
      let reading = Task {
        try await withThrowingTaskGroup(of: Void.self) { readers in
          for reader in 0..<Self.readers { readers.addTask { try await read(reader, log, book) } }
          try await readers.waitForAll()
        }
      }
      defer { reading.cancel() }
      for writer in 0..<Self.writers {
        group.addTask {
          try await write(writer, until: isOver, log, book)
          return [:]
        }
      }
      group.addTask {
        let counts = try await disturb(brokers, outbox, book, until: end)
        isOver.set()
        return counts
      }
      group.addTask {
        try await watchRelay(book, until: isOver)
        return [:]
      }
      let counts = try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
      let last = try await appendLast(log, book)
      // What was taken is read by all within a while, or is lost; what comes twice comes within a while.
      try await Task.sleep(for: .seconds(5))
      try await book.waitUntilAllIsRead(for: .seconds(30))
      reading.cancel()
      if case .failure(let error) = await reading.result, !(error is CancellationError) { throw error }
      return (counts, last)
    }
    let records = try await stored(log, upTo: last)
    relay.cancel()
    _ = await relay.result
    log.close()
    await outbox.close()
    book.read(records)
    let checker = try book.end()
    let all = checker.counts
    var figures: [String: Double] = [
      "kafka: appends begun": Double(all.begun), "kafka: appends acknowledged": Double(all.acknowledged),
      "kafka: appends refused": Double(all.refused),
      "kafka: appends unknown": Double(all.unknown), "kafka: records read": Double(all.polled),
      "kafka: records": Double(records.count),
    ]
    for (fault, count) in counts { figures["kafka: \(fault)"] = Double(count) }
    return BenchFaultsRun.Outcome(
      problems: checker.problems.map { "kafka: \($0)" }, figures: figures)
  }

  private func open(_ brokers: MockBrokers, _ outbox: PostgresLog) async throws -> KafkaLog {
    try await Patience.whileItFails {
      try await KafkaLog.open(
        KafkaConfiguration(url: brokers.url), layout: Self.layout, outbox: outbox, pool: database.pool,
        logger: Self.logger)
    }
  }

  /// One writer: its own key, its own numbers, in order; half of them through the outbox, and a tenth of these aborts.
  private func write(
    _ writer: Int, until isOver: Done, _ log: KafkaLog, _ book: History
  ) async throws {
    var numbers = SeededNumbers(seed: seed &+ UInt64(writer))
    let key = "writer-\(writer)"
    let commits = writer.isMultiple(of: 2)
    var number = 0
    while !isOver.isSet {
      number += 1
      let event = Event(
        id: EventID(UUID.version7()), type: MessageReceived.type, topic: .conversations, key: StreamID(key),
        tenant: Self.tenant, time: Date(), source: "/bench",
        value: Array(#"{"facts":{"number":\#(number)}}"#.utf8))
      let aborts = commits && numbers.chance(0.1)
      // Faults are over, so that what is tried now comes to its end soon, or never.
      var limit: ContinuousClock.Instant?
      while true {
        book.append(key, .invoke, event.id.uuid, key, number)
        do {
          if commits {
            try await database.pool.withTransaction { transaction in
              try log.append([event], in: transaction)
              if aborts { throw Aborted() }
            }
          } else {
            _ = try await log.append([event])
          }
          book.append(key, .ok, event.id.uuid, key, number)
          break
        } catch is Aborted {
          book.append(key, .fail, event.id.uuid, key, number)
          break
        } catch {
          book.append(key, aborts ? .fail : .info, event.id.uuid, key, number, because: error)
          try await Task.sleep(for: .milliseconds(20))
          if isOver.isSet {
            let last = limit ?? .now + .seconds(30)
            guard ContinuousClock.now < last else { return }
            limit = last
          }
        }
      }
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...60, using: &numbers)))
    }
  }

  private struct Aborted: Error {}

  // MARK: Readers

  /// From the beginning, and after a while anew.
  private func read(_ reader: Int, _ log: KafkaLog, _ book: History) async throws {
    while !Task.isCancelled {
      let anew = ContinuousClock.now + .seconds(4 + reader * 3)
      do {
        try await follow("reader-\(reader)", log, book) { !Task.isCancelled && ContinuousClock.now < anew }
      } catch let error as EventLogError where error.isRetriable {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  /// Reads on from the beginning while it may.
  private func follow(
    _ process: String, _ log: KafkaLog, _ book: History, while mayGoOn: () -> Bool
  ) async throws {
    let partitions = Self.layout.partitions(.conversations)
    book.assign(process, partitions.map { ($0.partition.rawValue, 0) })
    do {
      try await each(log, while: mayGoOn, before: { book.poll(process) }) { records in
        book.polled(process, records.map { ($0.partition, $0.place, $0.event.id.uuid) })
      }
    } catch {
      book.pollFailed(process, error)
      throw error
    }
  }

  /// Reads from the beginning; each record with its place among those of its partition that a reader is given.
  private func each(
    _ log: KafkaLog, while mayGoOn: () -> Bool, before: () -> Void = {},
    _ told: ([(partition: Int32, place: Int64, event: Event)]) throws -> Void
  ) async throws {
    let reader = try await log.reader(
      from: Self.layout.partitions(.conversations).map { Cursor($0) }, types: nil)
    var places: [Int32: Int64] = [:]
    do {
      while mayGoOn() {
        before()
        try told(
          try await reader.next(limit: 500).records.map { record in
            let partition = record.position.partition.rawValue
            defer { places[partition, default: 0] += 1 }
            return (partition, places[partition, default: 0], record.event)
          })
      }
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
  }

  /// Writes an event to each partition with which it ends.
  private func appendLast(_ log: KafkaLog, _ book: History) async throws -> Set<UUID> {
    var last: Set<UUID> = []
    for partition in Self.layout.partitions(.conversations) {
      let key = (0...).lazy.map { "last-\($0)" }.first {
        StreamID($0).partition(of: Self.layout.count(.conversations)) == partition.partition
      }
      let event = Event(
        id: EventID(UUID.version7()), type: MessageReceived.type, topic: .conversations,
        key: StreamID(key ?? ""), tenant: Self.tenant, time: Date(), source: "/bench",
        value: Array(#"{"facts":{"number":1}}"#.utf8))
      try await Patience.whileItFails {
        book.append("last", .invoke, event.id.uuid, event.key.rawValue, 1)
        do { try await database.pool.withTransaction { try log.append([event], in: $0) } } catch {
          book.append("last", .info, event.id.uuid, event.key.rawValue, 1, because: error)
          throw error
        }
      }
      book.append("last", .ok, event.id.uuid, event.key.rawValue, 1)
      last.insert(event.id.uuid)
    }
    return last
  }

  /// What the log holds in the end, read once more, until these were there.
  private func stored(_ log: KafkaLog, upTo last: Set<UUID>) async throws -> [History.Stored] {
    try await withThrowingTaskGroup(of: [History.Stored].self) { group in
      group.addTask {
        var (left, records) = (last, [History.Stored]())
        try await each(log, while: { !left.isEmpty }) { given in
          for (partition, place, event) in given {
            left.remove(event.id.uuid)
            let number = try JSONValue(parsing: event.value)["facts"]?["number"]?.double ?? 0
            records.append(
              History.Stored(
                partition: partition, offset: place, id: event.id.uuid, writer: event.key.rawValue,
                number: Int(number)))
          }
        }
        return records.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
      }
      group.addTask {
        try await Task.sleep(for: .seconds(60))
        throw BenchError("what was written last could not be read within 60 s")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? []
    }
  }

  // MARK: Faults

  /// How far the outbox was published never goes back.
  private func watchRelay(_ book: History, until isOver: Done) async throws {
    while !isOver.isSet {
      // Its session may have been ended.
      let published = try? await database.pool.withConnection { connection in
        try connection.execute(
          "select partition, max(sequence) from kafka.published where topic = $1 group by 1 order by 1",
          [.int2(Topic.conversations.number)]
        ).map { (partition: $0.int4(0), offset: $0.int8(1)) }
      }
      if let published { book.commit("relay", published) }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Goes on until the time is over and each kind was there. How often each was.
  private func disturb(
    _ brokers: MockBrokers, _ outbox: PostgresLog, _ book: History, until end: ContinuousClock.Instant
  ) async throws -> [String: Int] {
    var numbers = SeededNumbers(seed: seed &+ 900)
    var counts: [String: Int] = [:]
    var second = try await open(brokers, outbox)
    var relaying = Task { [second] in try await second.relay.run() }
    // Each kind once before any comes again.
    var left: [String] = []
    while ContinuousClock.now < end || counts.count < Self.faults.count {
      if left.isEmpty { left = Self.faults.shuffled(using: &numbers) }
      let fault = left.removeLast()
      try await Task.sleep(for: .milliseconds(Int.random(in: 100...700, using: &numbers)))
      counts[fault, default: 0] += 1
      book.fault(fault, isOver: false)
      defer { book.fault(fault, isOver: true) }
      let broker = Int.random(in: 1...MockBrokers.count, using: &numbers)
      switch fault {
      case "broker down":
        brokers.takeDown(broker)
        try await Task.sleep(for: .milliseconds(Int.random(in: 50...1_500, using: &numbers)))
        brokers.bringUp(broker)
      case "requests failed": brokers.failRequests()
      case "leader moved":
        let partitions = Self.layout.partitions(.conversations)
        let one = Int.random(in: 0..<partitions.count, using: &numbers)
        for (index, partition) in partitions.enumerated() where index == one || numbers.chance(0.5) {
          brokers.lead(partition, by: broker)
        }
      case "session ended":
        try await Patience.whileItFails {
          try await database.pool.withConnection { connection in
            _ = try connection.execute(
              """
              select pg_terminate_backend(pid) from (
                select pid from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() order by random() limit 3
              ) as victims
              """)
          }
        }
      default:
        relaying.cancel()
        _ = await relaying.result
        second.close()
        second = try await open(brokers, outbox)
        relaying = Task { [second] in try await second.relay.run() }
      }
    }
    relaying.cancel()
    _ = await relaying.result
    second.close()
    return counts
  }
}
