/// The handshake with which Meta checks a webhook's address: a GET with `hub.mode`, `hub.verify_token` and
/// `hub.challenge` (Meta for Developers, Webhooks, "Verification requests").
package enum MetaVerification {
  /// The challenge to answer with, as plain text; nil when the request is to be refused.
  ///
  /// - Parameter expected: the connection's token; none or an empty one refuses every request. Compared in
  ///   constant time.
  package static func answer(
    mode: String?,
    token: String?,
    challenge: String?,
    expected: String?
  ) -> String? {
    guard mode == "subscribe", ConstantTime.isEqual(token, expected),
      let challenge, !challenge.isEmpty, challenge.utf8.count <= 256
    else { return nil }
    return challenge
  }
}
