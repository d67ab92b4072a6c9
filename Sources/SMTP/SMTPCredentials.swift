import FoundationEssentials

/// With what a client signs in.
package struct SMTPCredentials: Sendable, Equatable {
  package let user: String
  package let password: String

  package init(user: String, password: String) {
    self.user = user
    self.password = password
  }

  /// What a client says to `AUTH PLAIN` (RFC 4616, in base64 as RFC 4954 has it): for whom it acts, which is nobody but
  /// itself, who it is, and its password. nil for anything else.
  init?(plain text: String) {
    guard let data = Data(base64Encoded: text) else { return nil }
    let parts = data.split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 3, let role = String(validating: parts[0], as: UTF8.self),
      let user = String(validating: parts[1], as: UTF8.self), !user.isEmpty, role.isEmpty || role == user,
      let password = String(validating: parts[2], as: UTF8.self), !password.isEmpty
    else { return nil }
    self.init(user: user, password: password)
  }
}
