import API
import Channels
import HTTPClient
import Pipeline

/// Asks the providers of accounts that cannot be called.
struct Pollers: Sendable {
  /// Each polled bot holds one open.
  private static let maximumRequests = 10_000

  let foundations: Foundations
  let owner: StageOwner
  let channels: ChannelAdapters
  let metrics: EngineMetrics

  func role() -> Role {
    let ingress = Ingress(
      log: foundations.log, pool: foundations.pool, keyring: foundations.keyring,
      durability: foundations.relay == nil ? .withKeys : .afterKeys)
    let runner = PollerRunner(
      channels: channels, client: HTTPClient(maximumConcurrentRequests: Self.maximumRequests),
      environment: StageEnvironment(
        log: foundations.log, pool: foundations.pool, owner: owner, keyring: foundations.keyring,
        directory: foundations.directory, logger: foundations.logger),
      onPassedOver: { [metrics] in metrics.passedOver($0, $1) },
      record: { [metrics, channels] body, connection in
        guard let channel = try channels.adapter(for: connection.channel) as? any WebhookChannel else {
          return
        }
        try await ingress.take(body, as: channel.bodyKind, on: connection)
        metrics.polled(connection.channel)
      })
    return Role(name: "poll") { try await runner.run() }
  }
}
