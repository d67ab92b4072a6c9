import ArgumentParser
import Contracts
import EventLog
import KafkaLog
import Logging
import Postgres
import PostgresLog

struct Topics: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the topics of the log.", subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the topics; the number of partitions cannot change afterwards.")

    @Option(help: "Partitions of the topics that may have many: inbound and conversations.")
    var partitions: Int?
    @Option(help: "Kafka: how many brokers hold each partition.")
    var replication = 1
    @Option(help: "Kafka: how many of them must have an event before it is acknowledged.")
    var minimumInSync = 1

    func run() async throws {
      let configuration = try Configuration()
      let pool = PostgresPool(url: try configuration.databaseURL, connections: 1)
      defer { pool.shutdown() }
      let asked = partitions
      let layout = try await pool.withTransaction { transaction in
        let recorded = try PostgresLog.recordedLayout(on: transaction.connection)
        let layout = asked.map { LogLayout(partitions: $0) } ?? recorded ?? LogLayout(partitions: 8)
        try PostgresLog.createTopics(layout, in: transaction)
        return layout
      }
      if case .kafka(let url) = try configuration.log {
        let kafka = try KafkaConfiguration(url: url)
        let plan = try TopicPlan(
          layout: layout, prefix: kafka.topicPrefix, replication: replication, minimumInSync: minimumInSync)
        let made = try await TopicAdministration.create(plan, on: kafka, logger: Logger(label: "topics"))
        print(made.isEmpty ? "all topics are there" : "made \(made.joined(separator: ", "))")
      }
      print("the log has \(layout.count(.conversations)) partitions")
    }
  }
}
