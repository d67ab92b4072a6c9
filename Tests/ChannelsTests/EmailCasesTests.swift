import Contracts
import Foundation
import HTTPClient
import Mail
import Testing

@testable import Channels

/// Mail of the world, as collected by those who write parsers for it.
@Suite(.timeLimit(.minutes(5))) struct EmailCasesTests {
  @Test func everyMailOfTheCollectionsBecomesSoundItemsOrIsRefusedAsNone() throws {
    let mails =
      try EmailCases.files("mikel-mail", [".eml"]) + EmailCases.files("enmime", [".raw"])
      + EmailCases.files("talon-quotes", [".eml"])
    #expect(mails.count > 150)
    var refused: [String] = []
    for mail in mails {
      do {
        let items = try EmailChannel().parse(mail.bytes, sender: nil)
        #expect(!items.isEmpty && !items.contains { !$0.isSound }, "\(mail.path)")
        #expect(try EmailChannel().parse(mail.bytes, sender: nil) == items, "\(mail.path)")
      } catch {
        refused.append(mail.path)
      }
    }
    // Parts of mails, which enmime reads by themselves, and a text.
    #expect(refused.allSatisfy { $0.hasPrefix("parts/") || $0 == "mail/erroneous.raw" }, "\(refused)")
  }

  @Test func theTextOfAMailIsWhatAReaderSees() throws {
    let utf8 = try EmailCases.message(file: "enmime/low-quality/incorrect-charset.raw")
    #expect(utf8.content.text?.contains("∮ E⋅da = Q") == true)
    let html = try EmailCases.message(file: "enmime/mail/non-mime-html-charset-header-only.raw")
    #expect(html.content.text == "Test Müller")
    let japanese = try EmailCases.message(file: "enmime/encode/parser-raw-content-text-option.raw")
    #expect(japanese.content.text == "添付ファイル名テスト")
    let plain = try EmailCases.message(file: "enmime/mail/mime-alternative.raw")
    #expect(plain.content.text == "Section one")
    let leading = try EmailCases.message(file: "enmime/low-quality/bad-header-start.raw")
    #expect(leading.origin.address == "james@makita.skynet")
  }

  @Test(arguments: ["japanese_iso_2022.eml", "japanese_shift_jis.eml", "japanese.eml"])
  func charsetsOfJapanAreRead(file: String) throws {
    let mail = try MIMEMessage(parsing: try EmailCases.file("mikel-mail/multi_charset/\(file)"))
    let content = EmailContent.content(of: mail, from: MailAddress(address: "ann@example.com"))
    let text = try #require(content.text)
    #expect(!text.contains("\u{FFFD}"))
    #expect(text.unicodeScalars.contains { (0x3040...0x30FF).contains($0.value) })
  }

  @Test func headersAreDecoded() throws {
    let header = try EmailCases.message(file: "enmime/mail/qp-utf8-header.raw")
    #expect(header.content.subject == "MIME UTF8 Test ¢ More Text")
    #expect(header.providerID == "5081A889.3020108@jamehi03lx.noa.com")
    #expect(header.origin.address == "jamehi03@jamehi03lx.noa.com" && header.origin.name == "James Hillyerd")
    #expect(header.origin.time == Date(timeIntervalSince1970: 1_350_674_569))
  }

  @Test func attachmentsKeepNameTypeAndSizeAndTheirBytesAreReached() async throws {
    let file = "enmime/mail/html-mime-inline.raw"
    let content = try EmailCases.message(file: file).content
    let attachment = try #require(content.attachments.first)
    #expect(content.kind == .attachment && content.attachments.count == 1)
    #expect(
      attachment.kind == .image && attachment.mediaType == "image/png" && attachment.name == "favicon.png")
    let nothing = ConnectionCreated.Private(account: nil, appSecret: nil, verifyToken: nil, accessToken: nil)
    let http = HTTPClient(maximumConcurrentRequests: 1)
    let body = try EmailCases.file(file)
    let fetched = await EmailChannel().fetch(
      attachment.source, in: body, maximumBytes: 10_000, from: nothing, using: http)
    guard case .fetched(let bytes, let mediaType) = fetched else {
      Issue.record("\(fetched)")
      return
    }
    #expect(bytes.count == attachment.bytes && bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(mediaType == "image/png")
    let channel = EmailChannel()
    #expect(
      await channel.fetch(attachment.source, in: body, maximumBytes: 10, from: nothing, using: http)
        == .failed(reason: "too-large", code: nil))
    #expect(
      await channel.fetch(.part(99), in: body, maximumBytes: 10, from: nothing, using: http)
        == .failed(reason: "gone", code: nil))
  }

  @Test(arguments: [
    ("attachment_nonascii_filename.eml", "ciële.txt", "text/plain"),
    ("attachment_with_base64_encoded_name.eml", "This is a test.pdf", "application/pdf"),
    ("attachment_with_unquoted_name.eml", "This is a test.txt", "text/plain"),
    ("attachment_message_rfc822.eml", "ForwardedMessage.eml", "message/rfc822"),
  ])
  func namesOfAttachmentsAreRead(file: String, name: String, mediaType: String) throws {
    let content = try EmailCases.message(file: "mikel-mail/attachment_emails/\(file)").content
    #expect(content.attachments.map(\.name) == [name])
    #expect(content.attachments.map(\.mediaType) == [mediaType])
  }

  @Test(arguments: [
    ("multi_address_bounce1.eml", 5, "118707422.15521266992174819.JavaMail.root@lvmail01", 550),
    ("multipart_report_multiple_status.eml", 1, "4c2a146147ac8_61ff157c4ec1652df@s.h.c.mail", 530),
    ("report_530.eml", 1, nil, 553),
  ])
  func aBounceSaysThatTheMessageItNamesFailed(file: String, count: Int, id: String?, code: Int) throws {
    let items = try EmailCases.items(file: "mikel-mail/multipart_report_emails/\(file)")
    #expect(items.count == count)
    for case .status(let status) in items {
      #expect(status.status == .failed && status.code == code)
      if let id { #expect(status.providerID == id) }
    }
  }

  @Test func aDelayIsNoFailure() throws {
    let items = try EmailCases.items(file: "mikel-mail/multipart_report_emails/report_422.eml")
    #expect(items.count == 2 && items.first == .other(kind: "bounce.delayed"))
    guard case .notice(let notice) = items.last else {
      Issue.record("no notice")
      return
    }
    #expect(notice.kind == "bounce.delayed" && notice.raw.contains("content-type: multipart/report"))
  }

  /// Of all mails that nobody answers each is kept as what it is, with the id that tells it from a repetition.
  @Test func whatIsCountedOfTheCollectionsIsNoted() throws {
    var kinds: [String: Int] = [:]
    for folder in [("mikel-mail", ".eml"), ("enmime", ".raw"), ("talon-quotes", ".eml")] {
      for mail in try EmailCases.files(folder.0, [folder.1]) {
        let items = (try? EmailChannel().parse(mail.bytes, sender: nil)) ?? []
        var counted: Set<String> = []
        for case .other(let kind) in items where kind != "malformed" { counted.insert(kind) }
        var noted: Set<String> = []
        for case .notice(let notice) in items {
          noted.insert(notice.kind)
          kinds[notice.kind, default: 0] += 1
          #expect(notice.providerID != nil && !notice.raw.contains("@"), "\(mail.path)")
        }
        #expect(noted == counted, "\(mail.path)")
        #expect(noted.isEmpty || !items.contains { $0.message != nil }, "\(mail.path)")
      }
    }
    #expect(kinds == ["bounce.delayed": 2, "bulk": 1, "echo.own": 14, "report": 1])
  }
}
