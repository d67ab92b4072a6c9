import ArgumentParser
import Contracts
import EventLog
import Foundation
import KafkaLog
import Logging
import Postgres
import PostgresLog

struct BenchCopy: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Copy an embedded log to Kafka, as `log copy` does.",
    discussion: """
      The ceiling is the slower of two raw rates: reading the same records from Postgres without sending them, and \
      sending the same messages by librdkafka without reading them. Each of them has the whole machine, which the copy \
      must divide between both: what the processors allow is said beside it. Without --to, Kafka is librdkafka's mock \
      cluster in this process.
      """)

  @Option(help: "Events of 512 bytes.") var events = 500_000
  @Option(
    help: "A cluster to copy to, as in AIGENTABLE_LOG, with a topic.prefix that is used for nothing else.")
  var to: String?
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let result = try await BenchDatabase.with(connections: 8) { database in
      let log = try await database.makeLog()
      try await fill(database)
      let cluster = try to == nil ? MockKafka(log.layout, prefixes: ["", "raw."]) : nil
      defer { withExtendedLifetime(cluster) {} }
      guard let url = to ?? cluster?.url else { throw ConfigurationError("no cluster") }
      let atStart = machineSeconds()
      let (read, records) = try await readRate(log)
      let afterReading = machineSeconds()
      let write = try await writeRate(records, log.layout, url)
      let each = (read: afterReading - atStart, write: machineSeconds() - afterReading)
      let kafka = try KafkaConfiguration(url: url)
      try await makeTopics(log.layout, kafka)
      let target = try await KafkaLog.open(
        kafka, layout: log.layout, outbox: log, pool: database.pool, logger: Logger(label: "bench"))
      defer { target.close() }
      let copy = LogCopy(from: log, to: target, kafka, database: database.url, logger: Logger(label: "bench"))
      let (clock, cpu, machine) = (ContinuousClock(), processorSeconds(), machineSeconds())
      let start = clock.now
      let count = Double(try await copy.run())
      let rate = count / ((clock.now - start) / .seconds(1))
      await log.close()
      return BenchResult(
        name: "copy", rate: rate, ceiling: min(read, write), p50: 0, p95: 0, p99: 0,
        cpuSecondsPerMillion: (processorSeconds() - cpu) / count * 1e6,
        more: [
          "reading alone, events/s": read, "sending alone, events/s": write,
          "the processors allow, events/s":
            Double(ProcessInfo.processInfo.activeProcessorCount) * Double(events) / (each.read + each.write),
          "machine's cpu s per million, reading": each.read / Double(events) * 1e6,
          "machine's cpu s per million, sending": each.write / Double(events) * 1e6,
          "machine's cpu s per million, copying": (machineSeconds() - machine) / count * 1e6,
        ],
        notes: "\(Int(count)) events; "
          + (to == nil ? "mock cluster on the same processors" : "the cluster given"),
        goals: [
          BenchGoal(
            "share of the slower side's raw rate", rate / min(read, write), .atLeast, 0.5,
            isFullSize: count >= 500_000)
        ])
    }
    try result.print(asJSON: json)
  }

  private func fill(_ database: BenchDatabase) async throws {
    try await database.pool.withConnection { [events] connection in
      try connection.execute(
        """
        insert into log.record
        select
          $1, n % 8, n / 8, gen_random_uuid(), 'message.received', gen_random_uuid()::text, $2, now(), '/bench', null,
          gen_random_uuid(), null, convert_to(repeat(md5(n::text), 16), 'UTF8')
        from generate_series(0, $3 - 1) as n
        """,
        [.int2(Topic.conversations.number), .uuid(UUID.version7()), .int4(Int32(clamping: events))])
      try connection.executeScript("vacuum analyze log.record")
    }
  }

  /// Every record once, by four readers as the copy has, and some of them to be sent.
  private func readRate(_ log: PostgresLog) async throws -> (rate: Double, records: [Record]) {
    let clock = ContinuousClock()
    let start = clock.now
    let places = Array(zip(log.layout.partitions(.conversations), try await log.ends(of: .conversations)))
    let records = try await withThrowingTaskGroup(of: [Record].self) { group in
      for lane in 0..<4 {
        group.addTask {
          var kept: [Record] = []
          for (partition, end) in places.enumerated().filter({ $0.offset % 4 == lane }).map(\.element) {
            var scan = try await PartitionScan(log, from: Cursor(partition), to: end)
            while let records = try await scan.next() { if kept.count < 50_000 { kept += records } }
          }
          return kept
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    return (Double(events) / ((clock.now - start) / .seconds(1)), records)
  }

  private func writeRate(_ records: [Record], _ layout: LogLayout, _ url: String) async throws -> Double {
    let kafka = try KafkaConfiguration(url: url + (url.contains("?") ? "&" : "?") + "topic.prefix=raw.")
    try await makeTopics(layout, kafka)
    return try await RawProducing.rate(
      of: records, to: kafka, atLeast: events, logger: Logger(label: "bench"))
  }

  private func makeTopics(_ layout: LogLayout, _ kafka: KafkaConfiguration) async throws {
    let plan = try TopicPlan(layout: layout, prefix: kafka.topicPrefix, replication: 1, minimumInSync: 1)
    _ = try await TopicAdministration.create(plan, on: kafka, logger: Logger(label: "bench"))
  }
}
