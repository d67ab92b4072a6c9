import Channels
import Contracts
import Foundation
import Pipeline

/// A connection as the API shows it.
struct ConnectionItem: Encodable, Sendable {
  let id: ConnectionID
  let channel: Channel
  let name: String
  let agent: AgentID?
  let sendsPerSecond: Double?
  let isDisabled: Bool
  /// Where its provider calls, or its page is; nil for a channel that has neither.
  let url: String?
  /// Until when calls under the secrets before the last change are accepted.
  let previousUntil: Date?
  let polling: Polling?

  /// How asking the provider goes, of an account that it does not call us for.
  struct Polling: Encodable, Sendable {
    /// `starting`, `polling` or `failing`.
    let state: String
    let reason: String?
    let since: Date?
    let polledAt: Date?
    let receivedAt: Date?
    let received: Int64

    enum CodingKeys: String, CodingKey {
      case state, reason, since
      case polledAt = "polled_at"
      case receivedAt = "received_at"
      case received
    }
  }

  init(_ known: KnownConnection, _ polled: PollStatus?, _ dependencies: APIDependencies) {
    id = known.id
    channel = known.channel
    name = known.name
    agent = known.agent
    sendsPerSecond = known.sendsPerSecond
    isDisabled = known.isDisabled
    url = known.url(dependencies)
    previousUntil = known.previous?.until
    let adapter = (try? dependencies.channels.adapter(for: known.channel)) as? any PolledChannel
    guard !known.isDisabled, adapter?.isPolled(known.secrets) == true else {
      polling = nil
      return
    }
    polling = Polling(
      state: polled == nil ? "starting" : polled?.reason == nil ? "polling" : "failing",
      reason: polled?.reason, since: polled?.since, polledAt: polled?.polledAt,
      receivedAt: polled?.receivedAt, received: polled?.received ?? 0)
  }

  enum CodingKeys: String, CodingKey {
    case id, channel, name, agent
    case sendsPerSecond = "sends_per_second"
    case isDisabled = "disabled"
    case url
    case previousUntil = "previous_accepted_until"
    case polling
  }
}

extension KnownConnection {
  /// Where its provider calls, or its page is.
  func url(_ dependencies: APIDependencies) -> String? {
    if channel == .webchat { return "\(dependencies.publicURL)/chat/\(id)" }
    guard (try? dependencies.channels.adapter(for: channel)) as? any WebhookChannel != nil else { return nil }
    return "\(dependencies.publicURL)/webhooks/\(channel)/\(id)"
  }
}
