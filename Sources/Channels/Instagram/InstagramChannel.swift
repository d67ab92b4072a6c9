import Contracts
import HTTPClient

/// Instagram's direct messages, which are a part of Meta's Messenger Platform. A connection's account is the id that
/// webhooks name in their entries.
///
/// Of an account that is linked to a page, the access token is the page's; of one that is not, it is the account's
/// own ("Instagram API with Instagram Login"), has a host of its own, and names files by their addresses.
package struct InstagramChannel: MessengerService {
  package let channel = Channel.instagram
  package let platform = MessengerPlatform.instagram
  private let pageURL: String
  private let accountURL: String
  private let version: String
  private let timeout: Duration

  /// - Parameters:
  ///   - pageURL: where the Graph API answers for tokens of pages; without a path.
  ///   - accountURL: the same for an account's own tokens.
  ///   - version: of the Graph API.
  ///   - timeout: for each call, in all.
  package init(
    pageURL: String = "https://graph.facebook.com",
    accountURL: String = "https://graph.instagram.com",
    version: String = GraphVersion.current,
    timeout: Duration = .seconds(30)
  ) {
    self.pageURL = pageURL
    self.accountURL = accountURL
    self.version = version
    self.timeout = timeout
  }

  package var typingLasts: Duration? { .seconds(15) }

  /// An account has an id of its own for each app besides the one that webhooks name ("Get started": `id`, `user_id`), and
  /// calls name neither: a connection that holds the wrong one works. `check` tells.
  package var refusesOtherAccounts: Bool { false }

  /// Nothing that is sent along comes back with its echo, as it does on Messenger.
  package var echoesUnmarked: Bool { true }

  package func echoMarks(of message: OutboundMessage) -> [String] {
    guard let plan = try? MessengerPlan(message, platform: platform) else { return [] }
    return plan.files.map { _ in EchoMark.file }
      + plan.messages.map { $0.text.map(EchoMark.text) ?? EchoMark.other }
  }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    try MessengerBody.items(of: body, maximumBytes: maximumBodyBytes, platform: .instagram)
  }

  package var media: MessengerMedia { MessengerMedia(baseURL: pageURL, timeout: timeout) }

  /// `me` is whom the token is of: the account, or the page that it is linked to. Meta's tokens begin with whom they are
  /// for: `IG` an account of Instagram, `EA` all else.
  package func calls(for connection: ConnectionCreated.Private, using client: HTTPClient) -> MessengerCalls? {
    guard let accessToken = connection.accessToken, !accessToken.isEmpty else { return nil }
    let isAccounts = accessToken.hasPrefix("IG")
    return MessengerCalls(
      platform: .instagram, endpoint: "\(isAccounts ? accountURL : pageURL)/\(version)/me",
      accessToken: accessToken, timeout: timeout, client: client, takesUploads: !isAccounts,
      nameField: isAccounts ? "username" : "name", idField: isAccounts ? "user_id" : nil)
  }
}
