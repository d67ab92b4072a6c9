import Channels
import Contracts
import Foundation
import HTTPClient
import Mail
import TestServers
import Testing

/// Sending over TCP to aiosmtpd, with STARTTLS and AUTH.
@Suite(.timeLimit(.minutes(5))) struct EmailSendTests {
  let smtp: EmailServer
  let http = HTTPClient(maximumConcurrentRequests: 1)
  let id = MessageID(UUID.version7())

  init() throws { smtp = try EmailServer.smtp() }

  private func send(
    _ text: String = "hello", to address: String = "ann@example.com",
    account: String? = "Desk <desk@shop.example>",
    subject: String? = nil, thread: String? = nil, replyTo: String? = nil, references: [String] = [],
    attachments: [OutboundAttachment] = [],
    choices: [OutboundChoice] = [], htmlPage: String? = nil, isByPerson: Bool = false, user: String = "user",
    password: String = "secret",
    port: String? = nil, timeout: Duration = .seconds(20)
  ) async throws -> SendOutcome {
    let channel = EmailChannel(mail: smtp.client, timeout: timeout)
    let port = try port ?? smtp.port
    let connection = ConnectionCreated.Private(
      account: account, appSecret: nil, verifyToken: nil, accessToken: nil,
      outgoing: ConnectionCreated.MailServer(url: "smtp://127.0.0.1:\(port)", user: user, password: password))
    let message = OutboundMessage(
      id: id, address: address, thread: thread, text: text, subject: subject, attachments: attachments,
      choices: choices, replyTo: replyTo, references: references, htmlPage: htmlPage,
      context: SendContext(now: Date(timeIntervalSince1970: 1_800_000_000), isByPerson: isByPerson))
    return await channel.send(message, from: connection, using: http)
  }

  private func sent() throws -> MIMEMessage { try MIMEMessage(parsing: try #require(smtp.message(0))) }

  @Test func aReplyIsAWholeMailInItsThread() async throws {
    let question = """
      From: Ann <ann@example.com>\r\nTo: desk@shop.example\r\nMessage-ID: <q1@example.com>\r\nSubject: Größe?\r
      \r\nWhich size?\r\n
      """
    let asked = try #require(EmailCases.messages(question).first)
    let outcome = try await send(
      "It is **42**.\n\n<script>x</script>\n\n日本", subject: "Re: Größe?", thread: asked.origin.thread,
      replyTo: asked.providerID)
    guard case .accepted(let providerID, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let mail = try sent()
    #expect(mail["x-envelope"] == "desk@shop.example ann@example.com shop.example")
    #expect(mail.messageID == providerID)
    #expect(mail.from == [MailAddress(name: "Desk", address: "desk@shop.example")])
    #expect(mail.to == [MailAddress(address: "ann@example.com")])
    #expect(mail.subject == "Re: Größe?")
    #expect(mail.inReplyTo == ["q1@example.com"] && mail.references == ["q1@example.com"])
    #expect(mail.date == Date(timeIntervalSince1970: 1_800_000_000))
    #expect(mail["auto-submitted"] == "auto-replied")
    let parts = try #require(mail.body?.leaves)
    #expect(parts.map(\.mediaType) == ["text/plain", "text/html"])
    #expect(String(decoding: parts[0].bytes, as: UTF8.self).contains("It is **42**."))
    let html = String(decoding: parts[1].bytes, as: UTF8.self)
    #expect(html.contains("<strong>42</strong>") && html.contains("日本") && !html.contains("<script>"))

    // What answers it belongs to the same conversation, even where only In-Reply-To is kept.
    let answer =
      "From: ann@example.com\r\nMessage-ID: <q2@example.com>\r\nIn-Reply-To: <\(providerID)>\r\n\r\nThanks\r\n"
    #expect(EmailCases.messages(answer).first?.origin.thread == asked.origin.thread)
    #expect(EmailCases.messages(answer).first?.content.replyTo == providerID)
  }

  @Test func anAnswerNamesTheWholeThreadWithinBounds() async throws {
    _ = try await send(replyTo: "3@x", references: ["1@x", "2@x", "no id", "a b@x", "3@x"])
    #expect(try sent().references == ["1@x", "2@x", "3@x"])
    _ = try await send(replyTo: "99@x", references: (1...50).map { "\($0)@x" })
    let long = try MIMEMessage(parsing: try #require(smtp.message(1)))
    #expect(long.references == ["1@x"] + (33...50).map { "\($0)@x" } + ["99@x"])
    #expect(long.inReplyTo == ["99@x"])
  }

  @Test func theCompanysPageHoldsWhatIsSaid() async throws {
    let page = "<html><title>{{subject}}</title><div>{{content}}</div><p>Larkfield Outdoor</p></html>"
    _ = try await send("It is **42**, not {{content}} or {{subject}}.", subject: "Sizes <b>", htmlPage: page)
    let parts = try #require(try sent().body?.leaves)
    let html = String(decoding: parts[1].bytes, as: UTF8.self)
    #expect(html.hasPrefix("<html><title>Sizes &lt;b&gt;</title><div>"))
    #expect(html.contains("<strong>42</strong>, not {{content}} or {{subject}}."))
    #expect(html.contains("<p>Larkfield Outdoor</p>"))
    #expect(!String(decoding: parts[0].bytes, as: UTF8.self).contains("Larkfield"))
  }

  @Test func aMessageHasTheSameIDHoweverOftenItIsSent() async throws {
    let first = try await send()
    #expect(try await send() == first)
  }

  @Test func whatAPersonWritesIsNotCalledAutomatic() async throws {
    _ = try await send(isByPerson: true)
    #expect(try sent()["auto-submitted"] == nil)
  }

  @Test func attachmentsAndChoicesArrive() async throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    _ = try await send(
      attachments: [
        OutboundAttachment(kind: .document, mediaType: "application/pdf", name: "Größe.pdf", bytes: bytes)
      ],
      choices: [
        OutboundChoice(title: "Red", payload: "r", description: nil),
        OutboundChoice(title: "Blue", payload: "b", description: "new"),
      ])
    let parts = try #require(try sent().body?.leaves)
    #expect(parts.map(\.mediaType) == ["text/plain", "text/html", "application/pdf"])
    #expect(parts[2].name == "Größe.pdf" && parts[2].bytes == bytes && parts[2].isAttachment)
    #expect(String(decoding: parts[0].bytes, as: UTF8.self).contains("1. Red\r\n2. Blue – new"))
  }

  @Test func aLineOfDotsAndLongLinesArriveAsTheyAre() async throws {
    let text = ".\n..\n" + String(repeating: "x", count: 5_000) + "\nFrom here"
    _ = try await send(text)
    let part = try #require(try sent().body?.leaves.first)
    let received = String(decoding: part.bytes, as: UTF8.self).replacing("\r\n", with: "\n")
    #expect(received.hasPrefix(text))
  }

  @Test func nothingThatIsSaidBecomesAField() async throws {
    _ = try await send(
      subject: "a\r\nBcc: eve@example.com\r\n\r\nbody", replyTo: "x@y>\r\nBcc: eve@example.com",
      attachments: [
        OutboundAttachment(kind: .document, mediaType: "text/x\r\nX-A: b", name: "a\"\r\nBcc: e", bytes: [1])
      ])
    let mail = try sent()
    #expect(mail["bcc"] == nil && mail["x-a"] == nil && mail.inReplyTo.isEmpty)
    #expect(mail.subject?.contains("Bcc: eve@example.com") == true)
  }

  @Test(arguments: [
    ("rcpt-550@example.com", SendOutcome.rejected(reason: "invalid-recipient", code: 550)),
    ("rcpt-550-5.7.1@example.com", .rejected(reason: "held-back", code: 550)),
    ("rcpt-552-5.2.2@example.com", .rejected(reason: "blocked", code: 552)),
    ("rcpt-450@example.com", .notTaken(reason: "throttled", code: 450, retryAfter: nil)),
    ("rcpt-452@example.com", .notTaken(reason: "unavailable", code: 452, retryAfter: nil)),
    ("data-451@example.com", .notTaken(reason: "throttled", code: 451, retryAfter: nil)),
    ("data-554@example.com", .rejected(reason: "held-back", code: 554)),
    ("data-552@example.com", .rejected(reason: "too-large", code: 552)),
    ("not an address", .rejected(reason: "invalid-recipient", code: nil)),
    ("a@b>\r\nRCPT TO:<c@d", .rejected(reason: "invalid-recipient", code: nil)),
  ])
  func whatTheServerSaysDecides(address: String, outcome: SendOutcome) async throws {
    #expect(try await send(to: address) == outcome)
    #expect(smtp.message(0) == nil)
  }

  @Test func aConnectionLostAfterTheMessageLeavesItUncertain() async throws {
    #expect(try await send(to: "drop@example.com") == .uncertain(reason: "connection-lost"))
  }

  @Test func aSenderThatIsRefusedIsTheAccountsFault() async throws {
    let outcome = try await send(account: "mail-550@shop.example")
    #expect(outcome == .rejected(reason: "account-restricted", code: 550))
  }

  @Test func aWrongPasswordIsUnauthorised() async throws {
    #expect(try await send(password: "wrong") == .rejected(reason: "unauthorised", code: 535))
    #expect(try await send(user: "busy") == .notTaken(reason: "throttled", code: 454, retryAfter: nil))
  }

  @Test func aServerThatIsNotThereHasNotTakenIt() async throws {
    #expect(try await send(port: "1") == .notTaken(reason: "unreachable", code: nil, retryAfter: nil))
  }

  /// A server that offers no STARTTLS gets neither the password nor the message.
  @Test func nothingIsSentWithoutEncryption() async throws {
    let server = try SocketServer { connection, _ in
      connection.write("220 plain ESMTP\r\n250-plain\r\n250 AUTH PLAIN LOGIN\r\n")
      connection.waitForClose()
    }
    let port = String(server.url.split(separator: ":").last ?? "")
    #expect(try await send(port: port) == .notTaken(reason: "tls-failed", code: nil, retryAfter: nil))
  }

  @Test func aConnectionWithoutAServerIsNotConfigured() async {
    let connection = ConnectionCreated.Private(
      account: "desk@shop.example", appSecret: nil, verifyToken: nil, accessToken: nil)
    let message = OutboundMessage(
      id: id, address: "ann@example.com", text: "hello",
      context: SendContext(now: Date(timeIntervalSince1970: 0)))
    let outcome = await EmailChannel().send(message, from: connection, using: http)
    #expect(outcome == .rejected(reason: "not-configured", code: nil))
    #expect(EmailChannel().missing(from: connection) == ["incoming", "outgoing"])
  }
}
