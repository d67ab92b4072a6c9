import ArgumentParser
import Contracts
import EventLog
import Foundation
import KafkaLog
import Logging
import Postgres
import PostgresLog

struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Move the log.", subcommands: [Copy.self])

  struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copy the embedded log to Kafka, every record to the offset that it has.",
      discussion: """
        The engine may run. A run that was stopped or killed is gone on with by the next; run it until little is left. \
        Then run it with --cut-over, and start the engine anew with AIGENTABLE_LOG set to Kafka. Meanwhile stages come to \
        rest, so that no send is left in doubt, and appends wait for seconds. Topics that are missing are made.
        """)

    @Option(help: "Where to: kafka://host:port[,host:port…], as in AIGENTABLE_LOG.") var to: String
    @Flag(help: "Copy the rest while nobody can append, and make the move final.") var cutOver = false
    @Option(help: "Of topics that are made: how many brokers hold each partition.") var replication = 1
    @Option(help: "Of topics that are made: how many of them must have an event before it is acknowledged.")
    var minimumInSync = 1
    @Option(help: "Records that are read, and sent, at a time.") var batch = 2_000
    @Option(help: "Seconds for which the topics must stay as they are after a run that was killed.")
    var settle = 5.0

    func run() async throws {
      let kafka = try KafkaConfiguration(url: to)
      if cutOver, try await finish() { return print("the log is on Kafka already") }
      try await Foundations.with(connections: 6) { foundations in
        guard foundations.relay == nil, let source = foundations.log as? PostgresLog else {
          throw ConfigurationError("AIGENTABLE_LOG must be postgres: the embedded log is what is copied")
        }
        let plan = try TopicPlan(
          layout: source.layout, prefix: kafka.topicPrefix, replication: replication,
          minimumInSync: minimumInSync)
        let made = try await TopicAdministration.create(plan, on: kafka, logger: foundations.logger)
        if !made.isEmpty { print("made \(made.joined(separator: ", "))") }
        let target = try await KafkaLog.open(
          kafka, layout: source.layout, outbox: source, pool: foundations.pool, logger: foundations.logger)
        defer { target.close() }
        let copy = LogCopy(
          from: source, to: target, kafka, database: foundations.pool.url, batch: max(1, batch),
          settling: .seconds(settle),
          logger: foundations.logger)
        try await report("events copied") { try await copy.run(onProgress: $0) }
        guard cutOver else { return }
        try await report("events copied while appends waited; the log is on Kafka now") {
          try await copy.cutOver(onProgress: $0)
        }
        print("start the engine with AIGENTABLE_LOG set to kafka://\(kafka.brokers) and its properties")
      }
    }

    /// What a run had left to do that was killed just after the move.
    private func finish() async throws -> Bool {
      let pool = PostgresPool(url: try Configuration().databaseURL, connections: 1, name: "aigentable-copy")
      defer { pool.shutdown() }
      return try await LogCopy.finishMove(of: pool)
    }

    private func report(
      _ what: String, _ work: (@escaping @Sendable (LogCopy.Progress) -> Void) async throws -> Int
    ) async throws {
      let clock = ContinuousClock()
      let start = clock.now
      let count = try await work { progress in
        let line = "\(progress.partition): \(progress.offset) of \(progress.end)\n"
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
      }
      let seconds = (clock.now - start) / .seconds(1)
      print("\(count) \(what): " + String(format: "%.1f s, %.0f/s", seconds, Double(count) / seconds))
    }
  }
}
