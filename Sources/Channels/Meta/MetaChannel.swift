import Contracts
import HTTPClient

/// What Meta's platforms have in common: the signature, the handshake and the secrets.
package protocol MetaChannel: WebhookChannel {}

extension MetaChannel {
  /// Meta sends up to 3 MB.
  package var maximumBodyBytes: Int { 4 << 20 }

  package func missing(from secrets: ConnectionCreated.Private) -> [String] {
    [
      ("account", secrets.account), ("app_secret", secrets.appSecret), ("verify_token", secrets.verifyToken),
      ("access_token", secrets.accessToken),
    ].filter { $0.1?.isEmpty ?? true }.map(\.0)
  }

  package func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool {
    MetaSignature.isValid(
      header: call.headers[MetaSignature.header],
      body: call.body,
      secret: connection.appSecret ?? ""
    )
  }

  package func handshake(_ query: [String: String], for connection: ConnectionCreated.Private) -> String? {
    MetaVerification.answer(
      mode: query["hub.mode"],
      token: query["hub.verify_token"],
      challenge: query["hub.challenge"],
      expected: connection.verifyToken
    )
  }
}
