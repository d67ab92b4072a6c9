import ArgumentParser
import Foundation

@main
struct Aigentable: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aigentable",
    abstract: "An event-sourced engine for AI customer engagement.",
    subcommands: [
      Serve.self, Migrate.self, Topics.self, Seed.self, StandInCommand.self, RebuildCommand.self,
      Doctor.self, Parked.self, ReplayCommand.self, Extract.self, ReindexCommand.self, AuditCommand.self,
      ArchiveCommand.self, RestoreCommand.self, LogCommand.self, ExportCommand.self, KeysCommand.self,
      Bench.self,
    ])

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      leave(with: .success)
    } catch {
      let status = exitCode(for: error)
      let output = status.isSuccess ? FileHandle.standardOutput : .standardError
      try? output.write(contentsOf: Data((fullMessage(for: error) + "\n").utf8))
      leave(with: status)
    }
  }

  /// Ends the process without the exit handlers of its libraries: OpenSSL's would free what a thread that is
  /// just connecting to Postgres still uses.
  static func leave(with status: ExitCode) -> Never {
    fflush(nil)
    _exit(status.rawValue)
  }
}
