import Contracts
import FoundationEssentials
import HTTPClient
import Mail

/// E-mail: handed over as raw messages by a mail server or fetched from a mailbox, and sent by SMTP.
///
/// A body is one message as it stands (RFC 5322). A mail server hands it over with
/// `Authorization: Bearer <verify_token>`.
package struct EmailChannel: WebhookChannel {
  package let channel = Channel.email
  package let maximumBodyBytes = 25 << 20
  package let bodyKind = WebhookBodyKind.mail
  let mail: MailClient
  let timeout: Duration

  /// - Parameter timeout: for handing one message over, in all.
  package init(mail: MailClient = MailClient(), timeout: Duration = .seconds(60)) {
    self.mail = mail
    self.timeout = timeout
  }

  /// Every thread of mail is between two.
  package func hearsConsent(isThread: Bool) -> Bool { true }

  package func failureReason(_ code: Int) -> String? { EmailReport.reason(code) }

  package func missing(from secrets: ConnectionCreated.Private) -> [String] {
    var missing: [String] = []
    if secrets.account == nil { missing.append("account") }
    if secrets.verifyToken == nil && secrets.incoming == nil { missing.append("incoming") }
    if secrets.outgoing == nil { missing.append("outgoing") }
    return missing
  }

  package func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool {
    guard let token = connection.verifyToken, !token.isEmpty else { return false }
    return ConstantTime.isEqual(call.headers["Authorization"], "Bearer \(token)")
  }

  package func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    EmailItems.items(of: try Self.message(body), body: body)
  }

  package func send(
    _ message: OutboundMessage, from connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SendOutcome {
    guard let account = connection.account.flatMap(MailAddress.init(account:)),
      let outgoing = connection.outgoing,
      let server = MailServer(url: outgoing.url, user: outgoing.user, password: outgoing.password)
    else { return .rejected(reason: "not-configured", code: nil) }
    let recipient = MailAddress(address: message.address)
    guard recipient.isDeliverable else { return .rejected(reason: "invalid-recipient", code: nil) }
    guard let draft = EmailDraft.draft(of: message, from: account, to: recipient) else {
      return .rejected(reason: "empty-text", code: nil)
    }
    let bytes = draft.serialized()
    guard bytes.count <= maximumBodyBytes else { return .rejected(reason: "too-large", code: nil) }
    let submission = await mail.submit(bytes, from: account, to: recipient, by: server, timeout: timeout)
    return EmailVerdict.outcome(of: submission, providerID: draft.messageID)
  }

  /// The parts of a message are in its body: nothing is asked of anyone.
  package func fetch(
    _ source: AttachmentSource, in body: [UInt8]?, maximumBytes: Int,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> FetchOutcome {
    guard case .part(let number) = source else { return .failed(reason: "unsupported", code: nil) }
    guard let body, let message = try? Self.message(body),
      let part = message.body?.leaves.first(where: { $0.number == number })
    else { return .failed(reason: "gone", code: nil) }
    guard part.bytes.count <= maximumBytes else { return .failed(reason: "too-large", code: nil) }
    return .fetched(bytes: part.bytes, mediaType: part.mediaType)
  }

  private static func message(_ body: [UInt8]) throws(ChannelError) -> MIMEMessage {
    do throws(MIMEError) {
      return try MIMEMessage(parsing: body)
    } catch {
      switch error.code {
      case .tooLarge: throw ChannelError(.tooLarge, error.message)
      case .tooManyParts: throw ChannelError(.tooManyItems, error.message)
      case .notMail: throw ChannelError(.wrongShape, error.message)
      }
    }
  }
}

extension EmailChannel {
  /// The address that a connection's mail comes to and goes out from, in lower case.
  package static func address(of connection: ConnectionCreated.Private) -> String? {
    connection.account.flatMap(MailAddress.init(account:))?.address.lowercased()
  }
}

extension MailAddress {
  /// A connection's account: `address`, or `name <address>`.
  fileprivate init?(account: String) {
    guard let open = account.lastIndex(of: "<"), account.hasSuffix(">") else {
      self.init(address: account)
      if !isDeliverable { return nil }
      return
    }
    let name = account[..<open].split(separator: " ").joined(separator: " ")
    self.init(
      name: name.isEmpty ? nil : name, address: String(account[account.index(after: open)...].dropLast()))
    if !isDeliverable { return nil }
  }
}
