/// Where an engine takes the webhooks of a WhatsApp account, and the app secret that signs them.
package struct WebhookTarget: Sendable, Equatable {
  /// `http` or `https`, such as `http://127.0.0.1:8080/webhooks/whatsapp/<connection>`.
  package var url: String
  package var secret: String
  /// The `phone_number_id` whose webhooks go there; nil for every account without a target of its own.
  package var account: String?

  package init(url: String, secret: String, account: String? = nil) {
    self.url = url
    self.secret = secret
    self.account = account
  }
}

extension WebhookTarget: Decodable {
  private enum CodingKeys: String, CodingKey {
    case url, secret
    case account = "phone_number_id"
  }
}

/// The targets, at most one for an account and one for all others.
struct WebhookTargets: Sendable {
  static let maximumAccounts = 10_000

  private var byAccount: [String: WebhookTarget] = [:]
  private var general: WebhookTarget?

  /// Returns false when there are too many.
  @discardableResult
  mutating func set(_ target: WebhookTarget) -> Bool {
    guard let account = target.account else {
      general = target
      return true
    }
    guard byAccount[account] != nil || byAccount.count < Self.maximumAccounts else { return false }
    byAccount[account] = target
    return true
  }

  subscript(account: String) -> WebhookTarget? { byAccount[account] ?? general }
}
