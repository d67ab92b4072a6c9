import Contracts
import HTTPClient

/// Instagram's direct messages, which are a part of Meta's Messenger Platform. A connection's account is the id that
/// webhooks name in their entries.
///
/// Of an account that is linked to a page, the access token is the page's; of one that is not, it is the account's
/// own ("Instagram API with Instagram Login"), has a host of its own, and cannot upload files.
package struct InstagramChannel: MetaChannel, ProfileChannel {
  package let channel = Channel.instagram
  private let pageURL: String
  private let accountURL: String
  private let version: String
  private let timeout: Duration

  /// - Parameters:
  ///   - pageURL: where the Graph API answers for tokens of pages; without a path.
  ///   - accountURL: the same for an account's own tokens.
  ///   - version: of the Graph API; Meta serves each for about two years.
  ///   - timeout: for each call, in all.
  package init(
    pageURL: String = "https://graph.facebook.com",
    accountURL: String = "https://graph.instagram.com",
    version: String = "v25.0",
    timeout: Duration = .seconds(30)
  ) {
    self.pageURL = pageURL
    self.accountURL = accountURL
    self.version = version
    self.timeout = timeout
  }

  package var typingLasts: Duration? { .seconds(15) }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    try MessengerBody.items(of: body, maximumBytes: maximumBodyBytes, platform: .instagram)
  }

  package func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome {
    guard let api = api(connection, client) else { return .rejected(reason: "not-configured", code: nil) }
    if !message.attachments.isEmpty, isAccounts(api.accessToken) {
      return .rejected(reason: "unsupported", code: nil)
    }
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
    await MessengerMedia(baseURL: pageURL, timeout: timeout).fetch(
      source, maximumBytes: maximumBytes, using: client)
  }

  /// Sets the ice breakers and the menu that the account shows.
  package func setUp(
    _ profile: MessengerProfile,
    for connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SetUpOutcome {
    await api(connection, client)?.setUp(profile) ?? .failed(reason: "not-configured", code: nil)
  }

  /// `me` is whom the token is of: the account, or the page that it is linked to.
  private func api(_ connection: ConnectionCreated.Private, _ client: HTTPClient) -> MessengerAPI? {
    guard let accessToken = connection.accessToken, !accessToken.isEmpty else { return nil }
    let host = isAccounts(accessToken) ? accountURL : pageURL
    return MessengerAPI(
      platform: .instagram, endpoint: "\(host)/\(version)/me", accessToken: accessToken, timeout: timeout,
      client: client)
  }

  /// Meta's tokens begin with whom they are for: `IG` an account of Instagram, `EA` all else.
  private func isAccounts(_ token: String) -> Bool { token.hasPrefix("IG") }
}
