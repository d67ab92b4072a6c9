@testable import Channels
import Foundation
import Mail
import TestServers
import Testing

/// Fetching from Dovecot over TCP with STARTTLS.
@Suite(.timeLimit(.minutes(5))) struct EmailMailboxTests {
  let dovecot: EmailServer
  let mailbox: MailServer

  init() throws {
    dovecot = try EmailServer.imap()
    mailbox = try #require(
      MailServer(url: "imap://127.0.0.1:\(try dovecot.port)", user: "user", password: "secret"))
  }

  private func mail(_ number: Int) -> String {
    "From: ann@example.com\r\nMessage-ID: <\(number)@example.com>\r\nSubject: \(number)\r\n\r\nhello \(number)\r\n"
  }

  private func subjects(_ step: MailboxStep) throws -> [String?] {
    try step.messages.map { try MIMEMessage(parsing: $0.bytes).subject }
  }

  @Test func everyMessageComesOnceAndInOrderFromWhereTheLastStepEnded() async throws {
    let start = try await dovecot.client.poll(after: nil, from: mailbox)
    #expect(start.messages.isEmpty)
    for number in 1...3 { try dovecot.deliver(mail(number)) }
    let first = try await dovecot.client.poll(after: start.next, from: mailbox)
    #expect(Set(try subjects(first)) == ["1", "2", "3"])
    #expect(!first.isMore)
    #expect(String(decoding: first.messages[0].bytes, as: UTF8.self).contains("\r\n\r\nhello "))
    let again = try await dovecot.client.poll(after: start.next, from: mailbox)
    #expect(again.messages.map(\.uid) == first.messages.map(\.uid))
    let none = try await dovecot.client.poll(after: first.next, from: mailbox)
    #expect(none.messages.isEmpty && none.next == first.next)
    try dovecot.deliver(mail(4))
    #expect(try subjects(try await dovecot.client.poll(after: first.next, from: mailbox)) == ["4"])
  }

  @Test func aStepEndsWhereItsLimitsAreReachedAndSaysThatThereIsMore() async throws {
    let start = try await dovecot.client.poll(after: nil, from: mailbox).next
    for number in 1...5 { try dovecot.deliver(mail(number)) }
    var limits = MailClient.StepLimits()
    limits.messages = 2
    var position = start
    var seen: [UInt32] = []
    var isMore = true
    while isMore {
      let step = try await dovecot.client.poll(after: position, from: mailbox, limits: limits)
      #expect(step.messages.count <= 2)
      seen += step.messages.map(\.uid)
      position = step.next
      isMore = step.isMore
    }
    #expect(seen == Array(start.uid + 1...start.uid + 5))
  }

  @Test func ofAMessageTooLargeTheBeginningIsTakenAndItSaysSo() async throws {
    let start = try await dovecot.client.poll(after: nil, from: mailbox).next
    try dovecot.deliver(mail(1) + String(repeating: "x", count: 4_000))
    try dovecot.deliver(mail(2))
    var limits = MailClient.StepLimits()
    limits.messageBytes = 1_000
    limits.cutBytes = 600
    let step = try await dovecot.client.poll(after: start, from: mailbox, limits: limits)
    #expect(Set(try subjects(step)) == ["1", "2"])
    let cut = try #require(step.messages.first { $0.whole != nil })
    let whole = try #require(step.messages.first { $0.whole == nil })
    let bytes = try #require(cut.whole)
    #expect(step.tooLarge == [cut.uid] && cut.bytes.count == 600 && bytes > 4_000)
    let items = try EmailChannel().parse(EmailCut.noted(cut), sender: nil)
    guard case .message(let message)? = items.first else { throw Unexpected(items) }
    #expect(message.content.raw == "cut: 600 of \(bytes) bytes")
    #expect(message.content.text?.hasSuffix("xxx") == true)
    #expect(EmailCut.noted(whole) == whole.bytes)
    #expect(step.next.uid == start.uid + 2)
    let more = try await dovecot.client.poll(after: step.next, from: mailbox, limits: limits)
    #expect(more.messages.isEmpty && more.tooLarge.isEmpty && more.next == step.next)
  }

  /// As from a server that gives all of a message, whatever part of it was asked for.
  @Test func whatStaysTooLargeIsPassedOverAndReadingGoesOn() async throws {
    let start = try await dovecot.client.poll(after: nil, from: mailbox).next
    let line = String(repeating: "x", count: 70) + "\r\n"
    try dovecot.deliver(mail(1) + String(repeating: line, count: 30_000))
    try dovecot.deliver(mail(2))
    var limits = MailClient.StepLimits()
    limits.messageBytes = 1_000
    limits.cutBytes = 2 << 20
    let step = try await dovecot.client.poll(after: start, from: mailbox, limits: limits)
    #expect(try subjects(step) == ["2"])
    #expect(step.tooLarge.count == 1 && step.next.uid == start.uid + 2)
  }

  @Test func aFieldOfASendersDoesNotSayThatTheirMailIsCut() throws {
    let sent = "X-Aigentable-Cut: 1 of 9 bytes\r\n" + mail(1)
    let items = try EmailChannel().parse(Array("Received: from a by b\r\n\(sent)".utf8), sender: nil)
    guard case .message(let message)? = items.first else { throw Unexpected(items) }
    #expect(message.content.raw == nil && message.content.text == "hello 1")
  }

  @Test func anotherNumberingBringsAgainWhatCameSinceReadingBegan() async throws {
    try dovecot.deliver(mail(1), at: Date(timeIntervalSinceNow: -400_000))
    try dovecot.deliver(mail(2), at: Date(timeIntervalSinceNow: -90_000))
    let now = try await dovecot.client.poll(after: nil, from: mailbox).next
    try dovecot.deliver(mail(3))
    func other(_ since: Date) -> MailboxPosition {
      MailboxPosition(validity: now.validity &- 1, uid: 70, since: since)
    }
    let step = try await dovecot.client.poll(after: other(now.since), from: mailbox)
    #expect(try subjects(step) == ["3"])
    #expect(step.next == MailboxPosition(validity: now.validity, uid: now.uid + 1, since: now.since))
    let more = try await dovecot.client.poll(
      after: other(Date(timeIntervalSinceNow: -100_000)), from: mailbox)
    #expect(try subjects(more) == ["2", "3"])
    let none = try await dovecot.client.poll(
      after: other(Date(timeIntervalSinceNow: 400_000)), from: mailbox)
    #expect(none.messages.isEmpty && none.next.uid == now.uid + 1)
  }

  @Test func aPositionIsReadAsItIsWritten() {
    let position = MailboxPosition(validity: 7, uid: 4, since: Date(timeIntervalSince1970: 1_700_000_000.7))
    #expect(position.description == "7/4/1700000000")
    #expect(MailboxPosition(position.description) == position)
    for bad in ["", "7/4", "7/4/x", "-1/4/5", "7/4/5/6"] { #expect(MailboxPosition(bad) == nil, "\(bad)") }
  }

  @Test func waitingEndsWhenAMessageArrives() async throws {
    let position = try await dovecot.client.poll(after: nil, from: mailbox).next
    let (client, mailbox) = (dovecot.client, mailbox)
    async let isNew = client.wait(after: position, at: mailbox, timeout: .seconds(30))
    try dovecot.deliver(mail(1))
    #expect(try await isNew)
    #expect(try await client.wait(after: position, at: mailbox, timeout: .seconds(30)))
  }

  @Test func waitingEndsWithItsTimeAndWithItsTask() async throws {
    let position = try await dovecot.client.poll(after: nil, from: mailbox).next
    #expect(try await !dovecot.client.wait(after: position, at: mailbox, timeout: .milliseconds(300)))
    let (client, mailbox) = (dovecot.client, mailbox)
    await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask { try await client.wait(after: position, at: mailbox, timeout: .seconds(50)) }
      group.cancelAll()
      await #expect(throws: MailError.self) { for try await _ in group {} }
    }
  }

  @Test func aWrongPasswordAndAnUntrustedCertificateAreToldApart() async throws {
    let stranger = try #require(
      MailServer(url: "imap://127.0.0.1:\(try dovecot.port)", user: "user", password: "wrong"))
    let refused = await #expect(throws: MailError.self) {
      try await dovecot.client.poll(after: nil, from: stranger)
    }
    #expect(refused?.code == .unauthorised)
    let untrusted = await #expect(throws: MailError.self) {
      try await MailClient().poll(after: nil, from: mailbox)
    }
    #expect(untrusted?.code == .tlsFailed)
  }

  @Test(arguments: [
    "http://h", "imap://", "imap://user@h", "imap://h/INBOX", "imap://h?x", "imap://h h", "smtp://h\r\nRCPT",
  ])
  func anAddressOfNoMailServerIsRefused(url: String) {
    #expect(MailServer(url: url, user: "u", password: "p") == nil)
  }
}
