import Contracts
import HTTPClient

/// Facebook Messenger, through Meta's Messenger Platform. A connection's account is the page's id.
package struct MessengerChannel: MessengerService {
  package let channel = Channel.messenger
  package let platform = MessengerPlatform.messenger
  private let baseURL: String
  private let version: String
  private let timeout: Duration

  /// - Parameters:
  ///   - baseURL: where the Graph API answers; without a path.
  ///   - version: of the Graph API.
  ///   - timeout: for each call, in all.
  package init(
    baseURL: String = "https://graph.facebook.com",
    version: String = GraphVersion.current,
    timeout: Duration = .seconds(30)
  ) {
    self.baseURL = baseURL
    self.version = version
    self.timeout = timeout
  }

  /// "Sender actions": 20 seconds, or until the answer.
  package var typingLasts: Duration? { .seconds(15) }

  /// Each entry names its page, by the id that calls name too.
  package var refusesOtherAccounts: Bool { true }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    try MessengerBody.items(of: body, maximumBytes: maximumBodyBytes, platform: .messenger)
  }

  package var media: MessengerMedia { MessengerMedia(baseURL: baseURL, timeout: timeout) }

  package func calls(for connection: ConnectionCreated.Private, using client: HTTPClient) -> MessengerCalls? {
    guard let account = connection.account, (1...64).contains(account.utf8.count),
      account.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let accessToken = connection.accessToken, !accessToken.isEmpty
    else { return nil }
    return MessengerCalls(
      platform: .messenger, endpoint: "\(baseURL)/\(version)/\(account)", accessToken: accessToken,
      timeout: timeout, client: client)
  }
}
