import ArgumentParser
import Backup
import Contracts
import Foundation
import Postgres
import PostgresLog

struct ArchiveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive",
    abstract:
      "Move old records of the embedded log out of the database, and put a snapshot of the rest beside them.",
    discussion: """
      AIGENTABLE_ARCHIVE says where the files are. Everything that reads the log goes on reading them there, and with a \
      backup of the keyring they are enough to rebuild the installation (aigentable restore). A run that was stopped \
      loses nothing; run it again.
      """)

  @Option(help: "How many days of the log stay in the database.") var days = 30
  @Option(help: "How many snapshots stay in the archive.") var snapshots = 3

  func validate() throws {
    guard (0...100_000).contains(days) else { throw ValidationError("--days must be 0 to 100000") }
    guard (1...1_000).contains(snapshots) else { throw ValidationError("--snapshots must be 1 to 1000") }
  }

  func run() async throws {
    try await SoleRun.of("archive") { try await Foundations.with(connections: 4, run) }
  }

  private func run(_ foundations: Foundations) async throws {
    guard let store = try foundations.configuration.archive() else {
      throw ConfigurationError(
        "AIGENTABLE_ARCHIVE is not set; it names a folder, or s3://bucket/prefix, for the log's old records"
      )
    }
    guard foundations.relay == nil, let log = foundations.log as? PostgresLog else {
      throw ConfigurationError("only the embedded log is archived; Kafka keeps its own")
    }
    let date = Date(timeIntervalSinceNow: -Double(days) * 86_400)
    let report = try await Archiver(log: log, store: store).run(before: date)
    print(
      "\(report.events) events moved in \(report.segments) files of \(report.bytes) bytes in all")
    let snapshot = try await SnapshotWriter(pool: foundations.pool, store: store, keeps: snapshots).write()
    print("snapshot \(snapshot.name): \(snapshot.rows) rows, \(snapshot.files) new files")
  }
}
