import Contracts
import HTTPClient

/// A channel whose provider calls `POST /webhooks/<channel>/<connection>`.
///
/// The endpoint is the same for all: it reads a bounded body, asks `isAuthentic`, and records the body.
package protocol WebhookChannel: ChannelAdapter {
  var maximumBodyBytes: Int { get }
  /// What a call brings; JSON unless the channel says otherwise.
  var bodyKind: WebhookBodyKind { get }

  /// Whether the call is the provider's, by its signature or the secret that it shows, compared in constant
  /// time. Decided before anything else of the body is looked at. False when the connection has no secret.
  func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool

  /// What to answer, as plain text, when the provider checks the address with a GET; nil to refuse.
  /// - Parameter query: the first value of each name, percent-decoded.
  func handshake(_ query: [String: String], for connection: ConnectionCreated.Private) -> String?
}

/// What the body of a call is, which decides how it is recorded.
package enum WebhookBodyKind: Sendable {
  /// A JSON object in UTF-8.
  case json
  /// One e-mail as it stands (RFC 5322), in any charset.
  case mail
}

extension WebhookChannel {
  package var bodyKind: WebhookBodyKind { .json }

  package func handshake(_ query: [String: String], for connection: ConnectionCreated.Private) -> String? {
    nil
  }
}

/// A channel whose provider can be told where to call.
package protocol RegisteredChannel: WebhookChannel {
  /// Has the provider call an address from now on.
  /// - Parameter url: `https`.
  func register(
    _ url: String, for connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SetUpOutcome

  /// Has it call nowhere any more.
  func unregister(_ connection: ConnectionCreated.Private, using client: HTTPClient) async -> SetUpOutcome
}

/// A call to a webhook, before anything of it is believed.
package struct WebhookCall: Sendable {
  /// Looked up without regard to case.
  package let headers: HTTPHeaders
  /// The bytes as received: signatures are of these.
  package let body: [UInt8]

  package init(headers: HTTPHeaders, body: [UInt8]) {
    self.headers = headers
    self.body = body
  }
}
