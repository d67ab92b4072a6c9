import Channels
import Contracts
import Foundation
import HTTPClient
import Testing

/// Which mail is a message, of which conversation, and which is none.
@Suite struct EmailItemsTests {
  private func mail(_ fields: String..., text: String = "hello") -> String {
    fields.map { $0 + "\r\n" }.joined() + "\r\n\(text)\r\n"
  }

  private func thread(_ fields: String...) -> String? {
    EmailCases.messages(mail(fields.joined(separator: "\r\n"))).first?.origin.thread
  }

  @Test func aConversationIsTheThreadOfOneContact() {
    let first = thread("From: ann@example.com", "Message-ID: <1@x>")
    #expect(first != nil)
    #expect(
      first == thread("From: Ann@Example.com", "Message-ID: <2@x>", "References: <1@x>", "In-Reply-To: <1@x>")
    )
    #expect(
      first
        == thread(
          "From: ann@example.com", "Message-ID: <3@x>", "References: <1@x> <2@x>", "In-Reply-To: <2@x>"))
    #expect(first == thread("From: ann@example.com", "Message-ID: <4@x>", "In-Reply-To: <1@x>"))
    #expect(first != thread("From: ann@example.com", "Message-ID: <5@x>"))
    // Who knows an id of another one's mail does not get into their conversation.
    #expect(first != thread("From: eve@example.com", "Message-ID: <6@x>", "References: <1@x>"))
  }

  /// RFC 5322, section 3.6.4; the middle of a long thread is left out.
  @Test func aMailNamesThoseBeforeItForWhoeverAnswersIt() {
    func references(_ fields: String...) -> [String]? {
      EmailCases.messages(mail(fields.joined(separator: "\r\n"))).first?.content.references
    }
    #expect(
      references("From: ann@example.com", "References: <1@x> <2@x>\r\n <1@x>", "In-Reply-To: <2@x>") == [
        "1@x", "2@x",
      ])
    #expect(references("From: ann@example.com", "In-Reply-To: <2@x>") == ["2@x"])
    #expect(references("From: ann@example.com", "In-Reply-To: <2@x> <3@x>") == [])
    #expect(references("From: ann@example.com") == [])
    let long = (1...50).map { "<\($0)@x>" }.joined(separator: " ")
    #expect(
      references("From: ann@example.com", "References: \(long)") == ["1@x"] + (32...50).map { "\($0)@x" })
  }

  @Test func anAnswerGoesToWhomReplyToNames() {
    let message = EmailCases.messages(
      mail("From: form@shop.example", "Reply-To: Ann <Ann@example.com>", "Message-ID: <1@x>")
    ).first
    #expect(message?.origin.address == "ann@example.com" && message?.origin.name == "Ann")
  }

  @Test func aMailWithoutAnIDHasTheSameOneEachTime() {
    let mail = mail("From: ann@example.com", "Subject: hi")
    #expect(EmailCases.messages(mail).first?.providerID == EmailCases.messages(mail).first?.providerID)
    #expect(EmailCases.messages(mail).first?.providerID.hasPrefix("sha256:") == true)
  }

  @Test(arguments: [
    ("Auto-Submitted: auto-replied (vacation)", "auto-reply"),
    ("Auto-Submitted: auto-generated", "auto-generated"),
    ("X-Auto-Response-Suppress: DR, OOF, AutoReply", "auto-generated"),
    ("Precedence: auto_reply", "auto-reply"),
    ("Precedence: bulk", "bulk"),
    ("X-Autoreply: yes", "auto-reply"),
    ("Subject: Automatische Antwort: Ihre Frage", "auto-reply"),
    ("Subject: =?utf-8?q?R=C3=A9ponse_automatique?=", "auto-reply"),
    ("Return-Path: <>", "bounce"),
    ("Delivered-To: ann@example.com", "echo.own"),
    ((0..<61).map { "Received: from h\($0) by h\($0 + 1)" }.joined(separator: "\r\n"), "loop"),
  ])
  func mailThatNoPersonWroteIsCountedAndKeptAsWhatItIsAndNotAnswered(field: String, kind: String) {
    let mail = mail(
      "From: ann@example.com", "To: desk@shop.example", "Message-ID: <1@x>", "In-Reply-To: <0@shop.example>",
      field)
    let items = EmailCases.items(mail)
    #expect(items.count == 2 && items.first == .other(kind: kind))
    guard case .notice(let notice) = items.last else {
      Issue.record("no notice")
      return
    }
    #expect(notice.kind == kind && notice.providerID == "1@x" && notice.replyTo == "0@shop.example")
    // The word or field that told it is named, and nobody's address.
    #expect(notice.raw.split(separator: "\n").count == (kind == "loop" ? 1 : 2), "\(notice.raw)")
    #expect(!notice.raw.contains("ann@example.com"))
  }

  /// Whatever a stranger writes there: what is kept under the tenant's key holds nothing of it, and it is no message.
  @Test func aForgedFieldIsNoMessageAndLeavesNothingOfItself() {
    let mail = mail(
      "From: ann@example.com", "To: desk@shop.example",
      "Auto-Submitted: ann-lee-of-elm-street; owner=ann@example.com", "Precedence: bulk ann lee",
      "X-Autoreply: I am Ann Lee", "X-Auto-Response-Suppress: Ann, All",
      "Subject: Automatic reply: Ann Lee is ill")
    guard case .notice(let notice) = EmailCases.items(mail).last else {
      Issue.record("no notice")
      return
    }
    #expect(EmailCases.messages(mail).isEmpty)
    #expect(notice.kind == "auto-reply" && notice.providerID?.hasPrefix("sha256:") == true)
    #expect(
      notice.raw == """
        auto-submitted: other
        precedence: bulk
        x-auto-response-suppress: all
        x-autoreply
        subject: automatic reply
        received: 0
        """)
  }

  /// A report of many recipients is one mail: it is noted once for each thing that it says, in words that are known.
  @Test func aReportOfManyWordsIsNotedForThoseThatAreKnown() {
    let recipients = (0..<100).map { number in
      "Final-Recipient: rfc822; a@b.example\r\nAction: \(number < 50 ? "delayed" : "annlee\(number)")\r\n\r\n"
    }
    let report = """
      From: mailer-daemon@mx.example\r\nMessage-ID: <2@mx>\r
      Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r
      --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r
      \(recipients.joined())--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1@shop.example>\r\n--b--\r\n
      """
    let notices = EmailCases.items(report).compactMap {
      if case .notice(let notice) = $0 { notice } else { nil }
    }
    #expect(notices.map(\.kind) == ["bounce.delayed", "bounce.unknown"])
    #expect(notices.allSatisfy { $0.replyTo == "1@shop.example" && $0.providerID == "2@mx" })
  }

  @Test(arguments: [
    "Auto-Submitted: no", "X-Auto-Response-Suppress: None", "Precedence: list",
    "List-Id: <desk.shop.example>",
    "Cc: ann@example.com", "Subject: Re: automatic reply to my order?",
  ])
  func mailOfPeopleIsAMessage(field: String) {
    let mail = mail("From: ann@example.com", "To: desk@shop.example", "Message-ID: <1@x>", field)
    #expect(EmailCases.messages(mail).count == 1)
  }

  @Test func aReceiptSaysThatAMessageWasRead() {
    let receipt = """
      From: ann@example.com\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r
      --b\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r
      Final-Recipient: rfc822;ann@example.com\r\nOriginal-Message-ID: <1@shop.example>\r
      Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n
      """
    let expected = InboundStatus(
      providerID: "1@shop.example", origin: InboundOrigin(address: "ann@example.com", name: nil, time: nil),
      status: .read, code: nil)
    #expect(EmailCases.items(receipt) == [.status(expected)])
  }

  /// What a report says belongs to the conversation that the message went out in, whoever it was passed on to.
  @Test func aReportIsOfTheConversationThatTheMessageWentOutIn() throws {
    let went = try #require(thread("From: ann@example.com", "Message-ID: <1@x>"))
    let key = try #require(went.split(separator: "/").first)
    let ours = "aig.\(UUID().uuidString.lowercased()).\(key)@shop.example"
    func report(_ returned: String) -> String {
      """
      From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r
      --b\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r
      Reporting-MTA: dns; mx.example\r\n\r
      Final-Recipient: rfc822; ann.private@home.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r
      --b\r\nContent-Type: text/rfc822-headers\r\n\r\n\(returned)\r\n--b--\r\n
      """
    }
    func status(_ returned: String) throws -> InboundStatus {
      guard case .status(let status) = try #require(EmailCases.items(report(returned)).first) else {
        throw Cases.Missing(folder: "a status")
      }
      return status
    }
    let bounced = try status(
      "From: desk@shop.example\r\nTo: Ann <Ann@example.com>\r\nMessage-ID: <\(ours)>\r\n")
    #expect(bounced.providerID == ours && bounced.status == .failed && bounced.code == 511)
    #expect(bounced.origin.address == "ann@example.com" && bounced.origin.thread == went)
    // A stranger's id names no thread of ours.
    let other = try status("To: ann@example.com\r\nMessage-ID: <2@y>\r\n")
    #expect(other.origin.thread == nil)
    let receipt = """
      From: ann@example.com\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r
      --b\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r
      Final-Recipient: rfc822;ann@example.com\r\nOriginal-Message-ID: <\(ours)>\r
      Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n
      """
    guard case .status(let read) = try #require(EmailCases.items(receipt).first) else {
      Issue.record("no status")
      return
    }
    #expect(read.status == .read && read.origin.thread == went)
  }

  @Test func aMailServerShowsTheToken() {
    let connection = ConnectionCreated.Private(
      account: "desk@shop.example", appSecret: nil, verifyToken: "t0ken", accessToken: nil)
    func isAuthentic(_ value: String?) -> Bool {
      let headers = HTTPHeaders(value.map { [("Authorization", $0)] } ?? [])
      return EmailChannel().isAuthentic(WebhookCall(headers: headers, body: []), for: connection)
    }
    #expect(isAuthentic("Bearer t0ken"))
    #expect(!isAuthentic("Bearer t0ken2") && !isAuthentic("t0ken") && !isAuthentic(nil))
  }
}
