/// One thing that a check of a connection looked at.
package struct ConnectionFinding: Sendable, Equatable {
  package enum Part: String, Sendable {
    /// The secrets that calls to the provider need.
    case credentials
    /// Whom they are of.
    case account
    /// Where the provider calls.
    case webhook
    /// The mailbox, and the server that mail is handed to.
    case incoming, outgoing
  }

  package let part: Part
  /// What is wrong, as a word of `SendOutcome`'s kind; nil when nothing is.
  package let problem: String?
  /// For people: what was found, or what to do. Holds no secrets.
  package let detail: String

  package init(_ part: Part, problem: String? = nil, _ detail: String) {
    self.part = part
    self.problem = problem
    self.detail = detail
  }

  /// What a call that failed means for a connection.
  init(_ part: Part, failed reason: String, code: Int?) {
    let advice =
      switch reason {
      case "unauthorised":
        "the provider does not take these credentials: they are wrong, have run out or were revoked"
      case "missing-permission":
        "the credentials are good, but a permission is missing: grant it to the app, and make a new token"
      case "unknown-account": "the provider knows no such account, or not for these credentials"
      case "account-restricted", "account-limited": "the provider has restricted the account"
      case "not-configured": "what is needed for calling the provider is missing or not of its form"
      case "throttled": "the provider was called too often; check again later"
      case "tls-failed": "the server offers no encryption, or its certificate is not trusted"
      case "unresolved-host": "the server's name is not known"
      case "unreachable", "timeout", "connection-lost": "the server does not answer"
      case "conflict": "somebody else polls the account, or it has a webhook"
      default: "the provider refused the call"
      }
    self.init(part, problem: reason, code.map { "\(advice) (code \($0))" } ?? advice)
  }
}
