import Contracts
import HTTPClient

/// Facebook Messenger, through Meta's Messenger Platform. A connection's account is the page's id.
package struct MessengerChannel: MetaChannel, ProfileChannel {
  package let channel = Channel.messenger
  private let baseURL: String
  private let version: String
  private let timeout: Duration

  /// - Parameters:
  ///   - baseURL: where the Graph API answers; without a path.
  ///   - version: of the Graph API; Meta serves each for about two years.
  ///   - timeout: for each call, in all.
  package init(
    baseURL: String = "https://graph.facebook.com",
    version: String = "v25.0",
    timeout: Duration = .seconds(30)
  ) {
    self.baseURL = baseURL
    self.version = version
    self.timeout = timeout
  }

  /// "Sender actions": 20 seconds, or until the answer.
  package var typingLasts: Duration? { .seconds(15) }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    try MessengerBody.items(of: body, maximumBytes: maximumBodyBytes, platform: .messenger)
  }

  package func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome {
    guard let api = api(connection, client) else { return .rejected(reason: "not-configured", code: nil) }
    return await api.send(message)
  }

  package func show(
    _ signal: ChannelSignal,
    to target: MessageReference,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool {
    await api(connection, client)?.show(signal, to: target.address) ?? false
  }

  package func fetch(
    _ source: AttachmentSource,
    in body: [UInt8]?,
    maximumBytes: Int,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> FetchOutcome {
    await MessengerMedia(baseURL: baseURL, timeout: timeout).fetch(
      source, maximumBytes: maximumBytes, using: client)
  }

  /// Sets what the page shows before and beside a conversation.
  package func setUp(
    _ profile: MessengerProfile,
    for connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SetUpOutcome {
    await api(connection, client)?.setUp(profile) ?? .failed(reason: "not-configured", code: nil)
  }

  private func api(_ connection: ConnectionCreated.Private, _ client: HTTPClient) -> MessengerAPI? {
    guard let account = connection.account, (1...64).contains(account.utf8.count),
      account.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let accessToken = connection.accessToken, !accessToken.isEmpty
    else { return nil }
    return MessengerAPI(
      platform: .messenger, endpoint: "\(baseURL)/\(version)/\(account)", accessToken: accessToken,
      timeout: timeout, client: client)
  }
}
