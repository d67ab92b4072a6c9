import ArgumentParser
import Contracts
import EventLog
import Foundation
import KafkaLog
import Logging
import Pipeline
import Postgres
import PostgresLog
import ServiceLifecycle
import UnixSignals

struct BenchStage: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stage",
    abstract: "Run one stage and nothing else, on the configured log, until it is told to end.",
    discussion: """
      The stage counts the inputs of each key: `webhook.received` in `inbound`, whose facts have a number and padding. \
      What it says of each goes to `conversations`. Whoever measures it writes the one topic and reads the other; \
      ops/compare does.
      """)

  func run() async throws {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    try await Foundations.with(logger: logger) { [logger] foundations in
      let owner = StageOwner(url: foundations.pool.url)
      defer { owner.close() }
      let environment = StageEnvironment(
        log: foundations.log, pool: foundations.pool, owner: owner, keyring: foundations.keyring,
        directory: foundations.directory, logger: logger)
      let runner = StageRunner(
        CountingStage(output: .conversations), performer: NoEffects(), environment: environment)
      var roles = [Role(name: "stage") { try await runner.run() }]
      if let relay = foundations.relay { roles.append(Role(name: "relay") { try await relay.run() }) }
      try await ServiceGroup(
        services: roles, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
      ).run()
    }
  }
}
