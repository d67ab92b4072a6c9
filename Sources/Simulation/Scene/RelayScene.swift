import Contracts
import EventLog
import Foundation
import KafkaLog
import Logging
import Postgres
import PostgresLog

/// One run of the outbox: processes that write into it in their transactions, relays that come and go, and brokers.
/// What a reader makes of the brokers' records must be what was committed, once and in order.
final class RelayScene: Scene, @unchecked Sendable {
  let run: SimulationRun
  private let cluster: Cluster
  private let events: Int
  private let keys: Int
  /// What was committed, of each partition in order.
  private var committed: [EventID] = []
  private var isFed = false

  init(_ run: SimulationRun) {
    self.run = run
    let faults = run.world.numbers.chance(0.5) ? 0 : Double.random(in: 0...0.1, using: &run.world.numbers)
    let limit = OutboxRelay.Limit(
      records: Int.random(in: 1...8, using: &run.world.numbers),
      bytes: Int.random(in: 500...4_000, using: &run.world.numbers))
    cluster = Cluster(run, limit: limit, faults: faults)
    events = Int.random(in: 5...30, using: &run.world.numbers)
    keys = Int.random(in: 1...4, using: &run.world.numbers)
  }

  func begin() {
    startWriter()
    startLagWatch()
    for _ in 0..<Int.random(in: 1...2, using: &run.world.numbers) { startWorker() }
  }

  func startWorker() {
    run.startWorker { [self, layout = run.layout, cluster] _ in
      let pool = PostgresPool(url: "simulated", connections: 2)
      let outbox = PostgresLog(pool: pool, layout: layout, logger: SimulationRun.logger)
      let relay = OutboxRelay(
        outbox: outbox, pool: pool, target: cluster, limit: cluster.limit, logger: SimulationRun.logger)
      while !Task.isCancelled {
        try? await relay.run()
        try? await Surroundings.sleep(for: .milliseconds(100))
      }
      _ = self
      await outbox.close()
    }
  }

  private func startWriter() {
    run.startProcess("writer") { [self, world = run.world, layout = run.layout] _ in
      let pool = PostgresPool(url: "simulated", connections: 2)
      let log = PostgresLog(pool: pool, layout: layout, logger: SimulationRun.logger)
      for number in 0..<events {
        try? await Surroundings.sleep(for: world.numbers.duration(0...400))
        let event = run.event(
          number, type: Order.asked, topic: .conversations,
          key: "key-\(Int.random(in: 0..<keys, using: &world.numbers))",
          value: Array(
            #"{"facts":{"number":\#(number),"kind":"plain","failures":0,"delay":0,"next":[]}}"#.utf8))
        while !Task.isCancelled {
          do {
            try await pool.withTransaction { try log.append([event], in: $0) }
            break
          } catch {
            try? await Surroundings.sleep(for: .milliseconds(60))
          }
        }
        committed.append(event.id)
      }
      isFed = true
      await log.close()
    }
  }

  func isDone() throws -> Bool { try isFed && unfinished().isEmpty }

  func unfinished() throws -> String {
    try run.database.ask { connection in
      let waiting = try connection.execute(
        """
        select r.partition, r."offset" from log.record as r
        where r."offset" > (
          select coalesce(max(p.sequence), -1) from kafka.published as p
          where p.topic = r.topic and p.partition = r.partition)
        """
      ).map { "\($0.int8(1)) of \($0.int4(0)) is not published" }
      return waiting.prefix(5).joined(separator: "; ")
    }
  }

  func problems(isDone: Bool) throws -> [String] {
    var problems: [String] = []
    var places: [EventID: TopicPartition] = [:]
    var read: [TopicPartition: [EventID]] = [:]
    for (partition, written) in cluster.partitions {
      var reading = PartitionReading(start: .zero, sequence: nil)
      for (offset, record) in written.enumerated() {
        let verdict = reading.take(
          Offset(Int64(offset)), id: record.event.id, sequence: record.sequence.rawValue)
        if verdict == .deliver {
          read[partition, default: []].append(record.event.id)
          places[record.event.id] = partition
        }
      }
    }
    for id in committed where isDone && places[id] == nil {
      problems.append("event \(id) was committed and is not in Kafka")
    }
    for (partition, ids) in read {
      let wanted = committed.filter { places[$0] == partition }
      if ids != wanted {
        problems.append(
          "\(partition) is read as \(ids.count) events, not the \(wanted.count) of the outbox in order")
      }
    }
    return problems
  }

  var inputs: Int { committed.count }
  var faultCount: Int { cluster.failures }
}
