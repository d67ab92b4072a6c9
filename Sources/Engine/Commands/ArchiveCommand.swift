import ArgumentParser
import Contracts
import Foundation
import PostgresLog

struct ArchiveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive",
    abstract: "Move old records of the embedded log into files outside of the database.",
    discussion: """
      AIGENTABLE_ARCHIVE says where the files are. Everything that reads the log goes on reading them there. A run \
      that was stopped loses nothing; run it again.
      """)

  @Option(help: "How many days of the log stay in the database.") var days = 30

  func validate() throws {
    guard (1...100_000).contains(days) else { throw ValidationError("--days must be 1 to 100000") }
  }

  func run() async throws {
    try await Foundations.with(connections: 4) { foundations in
      guard let store = try foundations.configuration.archive() else {
        throw ConfigurationError(
          "AIGENTABLE_ARCHIVE is not set; it names a folder for the log's old records"
        )
      }
      guard foundations.relay == nil, let log = foundations.log as? PostgresLog else {
        throw ConfigurationError("only the embedded log is archived; Kafka keeps its own")
      }
      let date = Date(timeIntervalSinceNow: -Double(days) * 86_400)
      let report = try await Archiver(log: log, store: store).run(before: date)
      print(
        "\(report.events) events moved in \(report.segments) files of \(report.bytes) bytes in all")
    }
  }
}
