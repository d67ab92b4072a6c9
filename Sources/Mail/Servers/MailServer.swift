/// A server of SMTP or IMAP and who we are there. Every connection is encrypted before anything secret goes
/// over it.
package struct MailServer: Sendable {
  package enum Transport: Sendable { case submission, mailbox }

  /// Scheme, host and port, nothing behind them.
  let url: String
  let user: String
  let password: String
  let transport: Transport

  package var isMailbox: Bool { transport == .mailbox }

  /// - Parameter url: `smtps://host:port` and `imaps://…` are encrypted from the start, `smtp://…` and
  ///   `imap://…` by STARTTLS, without which they are not used. nil for any other, and for one with a user, a
  ///   path or a query.
  package init?(url: String, user: String, password: String) {
    let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty else { return nil }
    switch parts[0] {
    case "smtp", "smtps": transport = .submission
    case "imap", "imaps": transport = .mailbox
    default: return nil
    }
    let host = parts[1].hasSuffix("/") ? parts[1].dropLast() : parts[1]
    guard !host.isEmpty,
      host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-:[]".contains($0)) }),
      ![user, password].contains(where: { $0.utf8.contains { $0 < 0x20 } })
    else { return nil }
    self.url = "\(parts[0])://\(host)"
    self.user = user
    self.password = password
  }
}
