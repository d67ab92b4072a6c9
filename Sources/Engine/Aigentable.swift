import ArgumentParser

@main
struct Aigentable: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aigentable",
    abstract: "An event-sourced engine for AI customer engagement.",
    subcommands: [
      Serve.self, Migrate.self, Topics.self, Seed.self, StandInCommand.self, RebuildCommand.self,
      Doctor.self, Parked.self, Bench.self,
    ])
}
