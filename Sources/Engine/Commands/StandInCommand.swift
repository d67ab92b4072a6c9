import ArgumentParser
import ServiceLifecycle
import UnixSignals
import StandIn
import Logging

struct StandInCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stand-in", abstract: "Run a stand-in for the WhatsApp Graph API, for trying things out.")

  @Option(help: "Where it listens on 127.0.0.1.") var port = 8081

  func run() async throws {
    var logger = Logger(label: "stand-in")
    logger.logLevel = .notice
    let server = StandInServer(port: port, logger: logger)
    let group = ServiceGroup(
      services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await group.run()
  }
}
