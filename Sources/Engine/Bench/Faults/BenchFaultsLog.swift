import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import PostgresLog
import Simulation
import Synchronization

/// Writers and readers of the embedded log, of which each operation is noted, and faults among them.
///
/// In the middle half of the time a transaction stands idle elsewhere, with a snapshot and a row of its own; in the quarters
/// before and after there is none, so that both can be compared, at the same size of a log that grows all the time.
struct BenchFaultsLog: Sendable {
  static let writers = 64
  static let readers = 4
  /// How many records of each partition are read anew.
  private static let readAnew = 5_000

  let database: BenchDatabase
  let seconds: Double
  /// The longest rest of a writer, in milliseconds.
  let pause: Int
  let seed: UInt64
  let history: String?

  /// What one half of the time came to.
  private struct Half: Sendable {
    let appendTimes = Latencies()
    /// From an append's acknowledgement to its record at a reader.
    let lags = Latencies()
    /// How long the transaction stood, as Postgres says; 0 without one.
    var stood = 0.0

    var measured: IdleTransactionCost.Half {
      IdleTransactionCost.Half(
        appends: appendTimes.count, median: appendTimes.percentile(50), lag: lags.percentile(99))
    }
  }

  func run() async throws -> BenchFaultsRun.Outcome {
    let log = try await database.makeLog(partitions: 4)
    let book = try History(to: history)
    let free = Half()
    var idle = Half()
    _ = try await play(log, book, free, for: seconds / 4, hasIdle: false, round: 0)
    book.fault("idle transaction", isOver: false)
    idle.stood = try await play(log, book, idle, for: seconds / 2, hasIdle: true, round: 1)
    book.fault("idle transaction", isOver: true)
    _ = try await play(log, book, free, for: seconds / 4, hasIdle: false, round: 2)
    await log.close()
    let records = try await database.pool.withConnection { connection in
      try connection.execute(
        "select partition, \"offset\", id, key, (convert_from(value, 'UTF8')::jsonb #>> '{facts,number}')::bigint "
          + "from log.record where topic = $1 order by 1, 2", [.int2(Topic.conversations.number)]
      ).map {
        History.Stored(
          partition: $0.int4(0), offset: $0.int8(1), id: $0.uuid(2), writer: $0.text(3),
          number: Int($0.int8(4)))
      }
    }
    book.read(records)
    let checker = try book.end()
    let counts = checker.counts
    let cost = IdleTransactionCost(idle.measured, beside: free.measured, stood: idle.stood)
    let problems = checker.problems
    let kinds = HistoryChecker.Problem.Kind.allCases.map { kind in
      ("log: \(kind)", Double(problems.count { $0.kind == kind }))
    }
    return BenchFaultsRun.Outcome(
      problems: problems.map(\.description)
        + (cost.isTooMuch ? ["an idle transaction costs too much"] : []),
      figures: [
        "log: appends begun": Double(counts.begun),
        "log: appends acknowledged": Double(counts.acknowledged),
        "log: appends refused": Double(counts.refused),
        "log: appends unknown": Double(counts.unknown), "log: records read": Double(counts.polled),
        "log: records": Double(records.count),
        "log: lag p99 ms, with an idle transaction": idle.lags.percentile(99),
        "log: lag p99 ms, without": free.lags.percentile(99),
        "log: append p50 ms, with an idle transaction": idle.appendTimes.percentile(50),
        "log: append p50 ms, without": free.appendTimes.percentile(50),
        "log: appends a second, with an idle transaction": Double(idle.appendTimes.count) / (seconds / 2),
        "log: appends a second, without": Double(free.appendTimes.count) / (seconds / 2),
        "log: seconds that a transaction stood idle": idle.stood,
        "log: added by it, lag p99 ms (limit 100)": cost.lag,
        "log: cost of it, appends a second, % (limit 10)": cost.rate,
        "log: cost of it, append p50, % (limit 10)": cost.time,
      ].merging(kinds) { first, _ in first }, verdicts: cost.verdicts.map { "log: \($0)" })
  }

  /// Returns how long the transaction stood, as Postgres says, in seconds; 0 without one.
  private func play(
    _ log: PostgresLog, _ book: History, _ half: Half, for seconds: Double, hasIdle: Bool, round: Int
  ) async throws -> Double {
    let writers = PostgresPool(url: database.url, connections: Self.writers, name: "aigentable-writer")
    defer { writers.shutdown() }
    // A pool would close a connection that is left within a transaction.
    let idle = hasIdle ? try PostgresConnection(url: database.url, applicationName: "aigentable-idle") : nil
    try idle?.executeScript("create table if not exists idle (n integer)")
    try idle?.executeScript(
      "begin isolation level repeatable read; insert into idle values (1); select count(*) from log.record")
    let ends = try await log.ends(of: .conversations)
    let end = ContinuousClock.now + .seconds(seconds)
    try await withThrowingTaskGroup(of: Void.self) { group in
      let reading = Task {
        try await withThrowingTaskGroup(of: Void.self) { readers in
          for reader in 0..<Self.readers {
            readers.addTask { try await read(reader, from: ends, book, half) }
          }
          try await readers.waitForAll()
        }
      }
      for writer in 0..<Self.writers {
        group.addTask { try await write(writer, round, until: end, log, writers, book, half) }
      }
      group.addTask { try await disturb(round, book, until: end) }
      group.addTask { try await watchEnds(log, book, until: end) }
      do { try await group.waitForAll() } catch {
        reading.cancel()
        throw error
      }
      // What was acknowledged is read within a while, or is not read at all.
      try await Task.sleep(for: .seconds(2))
      try await book.waitUntilAllIsRead(for: .seconds(20))
      reading.cancel()
      _ = await reading.result
    }
    // It stood all the time, or what was measured means nothing: here its connection must be whole.
    guard let idle else { return 0 }
    return try idle.execute("select extract(epoch from clock_timestamp() - now())::double precision")[0]
      .double(0)
  }

  /// One writer: its own key, its own numbers, in order; what is not known to be there is appended again.
  private func write(
    _ writer: Int, _ round: Int, until end: ContinuousClock.Instant, _ log: PostgresLog, _ pool: PostgresPool,
    _ book: History, _ half: Half
  ) async throws {
    var numbers = SeededNumbers(seed: seed &+ UInt64(writer * 1_000 + round))
    let tenant = TenantID(UUID.version7())
    let key = "writer-\(writer)-\(round)"
    var number = 0
    while ContinuousClock.now < end {
      number += 1
      let event = Event(
        id: EventID(UUID.version7()), type: MessageReceived.type, topic: .conversations, key: StreamID(key),
        tenant: tenant, time: Date(), source: "/bench",
        value: Array(#"{"facts":{"number":\#(number)}}"#.utf8))
      let (delay, aborts, commits) = (
        numbers.chance(0.1) ? Int.random(in: 1...200, using: &numbers) : 0, numbers.chance(0.1),
        numbers.chance(0.7)
      )
      let process = "writer-\(writer)"
      var start = ContinuousClock.now
      while true {
        book.append(process, .invoke, event.id.uuid, key, number)
        var place: Position?
        do {
          if commits {
            try await pool.withTransaction { transaction in
              try log.append([event], in: transaction)
              if delay > 0 {
                try transaction.execute("select pg_sleep($1)", [.double(Double(delay) / 1_000)])
              }
              if aborts { throw Aborted() }
            }
          } else {
            place = try await log.append([event]).first
          }
          half.appendTimes.record(.now - start)
          book.append(
            process, .ok, event.id.uuid, key, number,
            at: place.map { ($0.partition.rawValue, $0.offset.rawValue) })
          break
        } catch is Aborted {
          book.append(process, .fail, event.id.uuid, key, number)
          break
        } catch {
          // Perhaps it is there, unless it was to be aborted; the same id may be appended as often as one likes.
          book.append(
            process, commits && aborts ? .fail : .info, event.id.uuid, key, number, because: error)
          try await Task.sleep(for: .milliseconds(20))
          start = .now
          if ContinuousClock.now > end + .seconds(20) { return }
        }
      }
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...pause, using: &numbers)))
    }
  }

  private struct Aborted: Error {}

  /// A reader with a log of its own, as another process has. The first one goes on where it was; the others now and then
  /// read anew what they were given last. All of it would take the longer the more there is, and what is at the end would
  /// wait for them.
  private func read(_ reader: Int, from ends: [Offset], _ book: History, _ half: Half) async throws {
    let pool = PostgresPool(url: database.url, connections: 2, name: "aigentable-reader")
    defer { pool.shutdown() }
    let layout = LogLayout(partitions: ends.count)
    let partitions = layout.partitions(.conversations)
    let first = Dictionary(uniqueKeysWithValues: zip(partitions, ends))
    let back = Int64(reader == 0 ? 0 : Self.readAnew)
    var reached = first
    while !Task.isCancelled {
      let log = PostgresLog(pool: pool, layout: layout, logger: Logger(label: "reader"))
      let start = partitions.map { partition in
        let start = reached[partition, default: .zero].advanced(by: -back)
        return Cursor(partition, max(start, first[partition, default: .zero]))
      }
      let result: Result<Void, any Error>
      do { result = .success(try await follow(reader, log, from: start, &reached, book, half)) } catch {
        result = .failure(error)
      }
      await log.close()
      if case .failure(let error) = result, !Task.isCancelled {
        guard (error as? EventLogError)?.isRetriable == true else { throw error }
      }
    }
  }

  private func follow(
    _ number: Int, _ log: PostgresLog, from start: [Cursor], _ reached: inout [TopicPartition: Offset],
    _ book: History, _ half: Half
  ) async throws {
    let reader = try await log.reader(from: start, types: nil)
    let anew = ContinuousClock.now + .seconds(3 + number * 2)
    let process = "reader-\(number)"
    book.assign(process, start.map { ($0.partition.partition.rawValue, $0.offset.rawValue) })
    do {
      while number == 0 || ContinuousClock.now < anew {
        book.poll(process)
        let batch = try await reader.next(limit: 500)
        let lags = book.polled(
          process,
          batch.records.map {
            ($0.position.partition.rawValue, $0.position.offset.rawValue, $0.event.id.uuid)
          })
        for lag in lags { half.lags.record(lag) }
        for cursor in batch.cursors {
          reached[cursor.partition] = max(cursor.offset, reached[cursor.partition, default: .zero])
        }
      }
    } catch {
      book.pollFailed(process, error)
      await reader.close()
      throw error
    }
    await reader.close()
  }

  /// The end of no partition ever goes back.
  private func watchEnds(
    _ log: PostgresLog, _ book: History, until end: ContinuousClock.Instant
  ) async throws {
    while ContinuousClock.now < end {
      // Its session may have been ended, or the server.
      if let ends = try? await log.ends(of: .conversations) {
        book.commit("ends", zip(Int32(0)..., ends).map { ($0, $1.rawValue) })
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Ends sessions of writers and readers.
  private func disturb(_ round: Int, _ book: History, until end: ContinuousClock.Instant) async throws {
    var numbers = SeededNumbers(seed: seed &+ UInt64(900 + round))
    while ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(Int.random(in: 300...1_500, using: &numbers)))
      let count = Int32.random(in: 1...8, using: &numbers)
      book.fault("sessions ended", isOver: false)
      // Whoever runs this may end the server as well; then there is nothing to end here.
      try? await database.pool.withConnection { connection in
        _ = try connection.execute(
          """
          select pg_terminate_backend(pid) from (
            select pid from pg_stat_activity
            where
              datname = current_database() and pid <> pg_backend_pid()
              and application_name similar to 'aigentable-(writer|reader)%'
            order by random() limit $1
          ) as victims
          """, [.int4(count)])
      }
      book.fault("sessions ended", isOver: true)
    }
  }
}
