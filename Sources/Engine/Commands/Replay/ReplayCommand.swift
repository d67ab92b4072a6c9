import ArgumentParser

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract:
      "Run past traffic again: through a candidate version of an agent, or through a repaired parser.",
    subcommands: [ReplayInbound.self, ReplayWhatIf.self])
}
