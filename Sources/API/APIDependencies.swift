import Channels
import Contracts
import EventLog
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Logging
import Models
import Pipeline
import Postgres
import Privacy
import Projections
import Telemetry

/// What the API stands on. All of it is shared with the rest of the process.
package struct APIDependencies: Sendable {
  package let log: any EventLog
  package let pool: PostgresPool
  package let keyring: Keyring
  package let directory: Directory
  package let readModels: ReadModels
  package let channels: ChannelAdapters
  /// For what is asked of providers at once.
  package let client: HTTPClient
  package let metrics: Metrics
  /// Must run as a service beside the application; until it does, streams tell only what has been.
  package let live: LiveHub
  package let durability: Ingress.Durability
  /// What keeps this process from serving; empty when it is ready.
  package let readiness: @Sendable () async -> [ReadinessProblem]
  package let logger: Logger
  /// Where erasures are listed outside of the database.
  package let erasureJournal: ErasureJournal
  /// Where people and providers reach this API, without a path: for the addresses in answers.
  package let publicURL: String
  /// The models that agents may name.
  package let models: ModelCatalogue
  /// Asks them, for trials; nil when none is configured.
  package let chat: (any ChatModel)?
  /// The hosts that agents' tools may call.
  package let toolHosts: ToolHosts
  /// Finds passages, for trials, as for messages.
  package let finder: PassageFinder

  package init(
    log: any EventLog, pool: PostgresPool, keyring: Keyring, directory: Directory, readModels: ReadModels,
    channels: ChannelAdapters, client: HTTPClient, metrics: Metrics, live: LiveHub,
    durability: Ingress.Durability,
    readiness: @escaping @Sendable () async -> [ReadinessProblem], logger: Logger, publicURL: String,
    erasureJournal: ErasureJournal, models: ModelCatalogue = ModelCatalogue(models: []),
    chat: (any ChatModel)? = nil, toolHosts: ToolHosts = ToolHosts(),
    finder: PassageFinder? = nil
  ) {
    self.log = log
    self.pool = pool
    self.keyring = keyring
    self.directory = directory
    self.readModels = readModels
    self.channels = channels
    self.client = client
    self.metrics = metrics
    self.live = live
    self.durability = durability
    self.readiness = readiness
    self.logger = logger
    self.publicURL = publicURL
    self.erasureJournal = erasureJournal
    self.models = models
    self.chat = chat
    self.toolHosts = toolHosts
    self.finder = finder ?? PassageFinder(pool: pool)
  }
}

extension APIDependencies {
  var hints: HintSender { HintSender(pool: pool, keyring: keyring) }
}

/// A part that is not ready, and why, in words for an operator.
package struct ReadinessProblem: Sendable, Equatable, Codable {
  package let part: String
  package let detail: String
  package init(part: String, detail: String) {
    self.part = part
    self.detail = detail
  }
}
