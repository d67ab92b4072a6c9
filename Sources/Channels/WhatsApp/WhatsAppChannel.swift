import Contracts
import HTTPClient
import JSON

/// WhatsApp through Meta's Cloud API.
package struct WhatsAppChannel: MetaChannel {
  /// "Text object", `body`: at most 4,096 characters.
  static let maximumPartLength = 4_096
  /// A text of more parts is refused: it is a fault of whoever wrote it, not a message.
  static let maximumParts = 10

  package let channel = Channel.whatsapp
  private let endpoint: String
  private let timeout: Duration

  /// - Parameters:
  ///   - baseURL: where the Graph API answers; without a query.
  ///   - version: of the Graph API; Meta serves each for about two years.
  ///   - timeout: for each call, in all.
  package init(
    baseURL: String = "https://graph.facebook.com",
    version: String = "v21.0",
    timeout: Duration = .seconds(30)
  ) {
    self.endpoint = (baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL) + "/" + version
    self.timeout = timeout
  }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    try WhatsAppBody.items(of: body)
  }

  package func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome {
    guard let sender = WhatsAppSender(connection) else {
      return .rejected(reason: "not-configured", code: nil)
    }
    guard let address = Bounded.identifier(message.address) else {
      return .rejected(reason: "invalid-recipient", code: nil)
    }
    let text = WhatsAppText.from(markdown: message.text)
    guard
      let parts = TextParts.split(text, limit: Self.maximumPartLength, maximumParts: Self.maximumParts)
    else { return .rejected(reason: "text-too-long", code: nil) }

    var outcome = SendOutcome.rejected(reason: "empty-text", code: nil)
    for (number, part) in parts.enumerated() {
      let request = WhatsAppTextRequest(address: address, body: part, id: message.id)
      outcome = await send(request, from: sender, using: client)
      guard case .accepted = outcome else {
        // The contact has the parts before: sending it all again would repeat them.
        return number == 0 ? outcome : .uncertain(reason: "partly-taken")
      }
    }
    return outcome
  }

  private func send(
    _ request: WhatsAppTextRequest,
    from sender: WhatsAppSender,
    using client: HTTPClient
  ) async -> SendOutcome {
    guard let body = try? request.encoded() else { return .rejected(reason: "invalid-request", code: nil) }
    let request = HTTPRequest(
      method: "POST",
      url: "\(endpoint)/\(sender.account)/messages",
      headers: [("Authorization", "Bearer \(sender.accessToken)"), ("Content-Type", "application/json")],
      body: body,
      timeout: timeout,
      maximumResponseBytes: 256 << 10
    )
    do throws(HTTPClientError) {
      return GraphAnswer.outcome(
        of: try await client.send(request),
        messageID: { $0["messages"]?[0]?["id"]?.string },
        verdict: WhatsAppErrorCode.verdict
      )
    } catch {
      return SendOutcome(error)
    }
  }
}

/// What a connection needs to have for sending.
struct WhatsAppSender {
  let account: String
  let accessToken: String

  /// nil when either is missing, or the account could not be a part of a path.
  init?(_ connection: ConnectionCreated.Private) {
    guard let account = connection.account, !account.isEmpty, account.utf8.count <= 64,
      account.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }),
      let accessToken = connection.accessToken, !accessToken.isEmpty
    else { return nil }
    self.account = account
    self.accessToken = accessToken
  }
}
